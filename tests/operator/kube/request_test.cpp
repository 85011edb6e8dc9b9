#include "operator/kube/request.hpp"

#include "operator/kube/base64.hpp"
#include "operator/kube/discovery.hpp"
#include "operator/kube/rate_limiter.hpp"
#include "operator/kube/timestamp.hpp"

namespace spillway::kube {
namespace {

const ResourceType kNamespaces{"", "v1", "namespaces", "Namespace", false};

TEST(RequestBuilder, PathsFollowGroupNamespaceNameAndSubresource) {
  EXPECT_EQ(resource_path(kPods, "shop", "a"), "/api/v1/namespaces/shop/pods/a");
  EXPECT_EQ(resource_path(kPods, ""), "/api/v1/pods");
  EXPECT_EQ(resource_path(kDeployments, "shop", "web", "scale"), "/apis/apps/v1/namespaces/shop/deployments/web/scale");
  EXPECT_EQ(resource_path(kNamespaces, "ignored", "shop"), "/api/v1/namespaces/shop");
}

TEST(RequestBuilder, NamesCannotEscapeTheirPlaceInThePath) {
  EXPECT_EQ(resource_path(kPods, "../x", "a?b=c&d/e"), "/api/v1/namespaces/..%2Fx/pods/a%3Fb%3Dc%26d%2Fe");
}

TEST(RequestBuilder, ListsAndWatchesCarryTheirSelection) {
  const Selection selection{kPods, "shop", "app in (a,b)", "spec.nodeName=n"};
  EXPECT_EQ(list_request(selection, "").path,
            "/api/v1/namespaces/shop/pods?labelSelector=app%20in%20%28a%2Cb%29&fieldSelector=spec.nodeName%3Dn&limit=500");
  EXPECT_EQ(list_request({kPods, "", "", ""}, "a/b+c=", 3).path, "/api/v1/pods?limit=3&continue=a%2Fb%2Bc%3D");
  const auto watch = watch_request({kPods, "", "", ""}, "42", std::chrono::seconds(250));
  EXPECT_EQ(watch.path, "/api/v1/pods?watch=true&allowWatchBookmarks=true&resourceVersion=42&timeoutSeconds=250");
  EXPECT_EQ(watch.timeout.count(), 0);
}

TEST(RequestBuilder, WritesCarryTheirMethodAndContentType) {
  EXPECT_EQ(create_request(kPods, "x", "{}").method, "POST");
  EXPECT_EQ(update_request(kLeases, {"x", "l"}, "{}").method, "PUT");
  EXPECT_EQ(delete_request(kPods, {"x", "p"}).method, "DELETE");
  const auto apply = apply_request(kAutoscalerPolicies, {"x", "p"}, "{}", "spillway", true, "status");
  EXPECT_EQ(apply.content_type, "application/apply-patch+yaml");
  EXPECT_EQ(apply.path, "/apis/autoscaling.spillway.dev/v1alpha1/namespaces/x/autoscalerpolicies/p/status?fieldManager=spillway&force=true");
  EXPECT_EQ(patch_request(kPods, {"x", "p"}, PatchType::kMergePatch, "{}", "").content_type, "application/merge-patch+json");
}

TEST(RequestBuilder, TheScalePatchTestsTheValueDecidedFromAndZeroAsAbsent) {
  EXPECT_EQ(scale_patch(3, 5), R"([{"op":"test","path":"/spec/replicas","value":3},{"op":"add","path":"/spec/replicas","value":5}])");
  EXPECT_EQ(scale_patch(0, 5), R"([{"op":"test","path":"/spec/replicas","value":null},{"op":"add","path":"/spec/replicas","value":5}])");
}

TEST(GroupVersionKind, IsReadFromApiVersionAndKind) {
  EXPECT_EQ(make_gvk("apps/v1", "Deployment").value(), (GroupVersionKind{"apps", "v1", "Deployment"}));
  EXPECT_EQ(make_gvk("v1", "Pod").value(), (GroupVersionKind{"", "v1", "Pod"}));
  for (const auto& [version, kind] : {std::pair("a/b/c", "X"), std::pair("", "X"), std::pair("/v1", "X"), std::pair("a/", "X"), std::pair("v1", "")})
    EXPECT_EQ(make_gvk(version, kind).error().kind, ErrorKind::kInvalid) << version << " " << kind;
}

TEST(Timestamp, ReadsWhatKubernetesWrites) {
  const auto whole = parse_time("2026-11-23T01:02:03Z").value();
  EXPECT_EQ(format_time(whole), "2026-11-23T01:02:03Z");
  EXPECT_EQ(format_micro_time(whole), "2026-11-23T01:02:03.000000Z");
  EXPECT_EQ(parse_time("2026-11-23T01:02:03.25Z").value() - whole, std::chrono::milliseconds(250));
  EXPECT_EQ(parse_time("2026-11-23T03:02:03+02:00").value(), whole);
  EXPECT_EQ(parse_time("2026-11-22T20:32:03-04:30").value(), whole);
}

TEST(Timestamp, WhatIsNoTimeIsNothing) {
  for (const char* text : {"", "2026-11-23", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T01:02:03",
                           "2026-11-23T01:02:03.Z", "2026-11-23T01:02:03Zx", "2026-11-23 01:02:03Z", "20a6-11-23T01:02:03Z",
                           "2026-11-23T01:02:03+2:00", "-026-11-23T01:02:03Z"})
    EXPECT_FALSE(parse_time(text)) << text;
}

TEST(TokenBucket, AllowsABurstAndThenTheRate) {
  TokenBucket bucket(10, 3);
  const io::MonotonicTime start{};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(bucket.reserve(start).count(), 0);
  EXPECT_EQ(bucket.reserve(start), std::chrono::milliseconds(100));
  EXPECT_EQ(bucket.reserve(start), std::chrono::milliseconds(200));
  EXPECT_EQ(bucket.reserve(start + std::chrono::seconds(10)).count(), 0) << "full again, but not beyond the burst";
  EXPECT_EQ(bucket.reserve(start + std::chrono::seconds(10)).count(), 0);
  EXPECT_EQ(bucket.reserve(start + std::chrono::seconds(10)).count(), 0);
  EXPECT_GT(bucket.reserve(start + std::chrono::seconds(10)).count(), 0);
}

TEST(TokenBucket, TryTakeTakesOnlyWhatIsThere) {
  TokenBucket bucket(1, 1);
  EXPECT_TRUE(bucket.try_take({}));
  EXPECT_FALSE(bucket.try_take({}));
  EXPECT_TRUE(bucket.try_take(io::MonotonicTime(std::chrono::seconds(1))));
  TokenBucket unlimited(0, 0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(unlimited.try_take({}));
}

TEST(Base64, DecodesWithLineBreaksAndRefusesTheRest) {
  EXPECT_EQ(decode_base64("aGVs\nbG8=").value(), "hello");
  EXPECT_EQ(decode_base64("").value(), "");
  EXPECT_EQ(encode_base64("hello"), "aGVsbG8=");
  for (const char* text : {"a", "ab=", "a===", "????", "===="}) EXPECT_FALSE(decode_base64(text)) << text;
}

TEST(Discovery, ReadsKindsAndTheirScaleFromAResourceList) {
  const auto kinds = parse_resource_list(R"({"groupVersion":"apps/v1","resources":[
      {"name":"deployments","kind":"Deployment","namespaced":true},{"name":"deployments/scale","kind":"Scale"},
      {"name":"daemonsets","kind":"DaemonSet","namespaced":true},{"name":"daemonsets/status","kind":"DaemonSet"}]})").value();
  ASSERT_EQ(kinds.size(), 2u);
  EXPECT_EQ(kinds[0].type, kDeployments);
  EXPECT_TRUE(kinds[0].has_scale);
  EXPECT_FALSE(kinds[1].has_scale);
  for (const char* text : {"", "{}", R"({"resources":3})", R"({"groupVersion":"v1","resources":[3]})", R"({"groupVersion":4,"resources":[]})"})
    EXPECT_EQ(parse_resource_list(text).error().kind, ErrorKind::kInvalid) << text;
}

}  // namespace
}  // namespace spillway::kube
