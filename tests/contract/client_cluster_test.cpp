#include "operator/kube/client.hpp"

#include "operator/kube/discovery.hpp"
#include "tests/contract/cluster.hpp"

namespace spillway::testing {
namespace {

class ClientOnCluster : public ClusterTest {};

TEST_F(ClientOnCluster, WhatIsCreatedCanBeReadListedAndRemoved) {
  create_config_map("a", "1");
  auto read = client_->get(kube::kConfigMaps, key("a"));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ((*read)["data"]["value"], "1");
  EXPECT_EQ(client_->list({kube::kConfigMaps, ns_, "", "metadata.name=a"}).value().size(), 1u);
  EXPECT_TRUE(client_->remove(kube::kConfigMaps, key("a")));
  EXPECT_EQ(client_->get(kube::kConfigMaps, key("a")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(client_->remove(kube::kConfigMaps, key("a")).error().kind, ErrorKind::kNotFound);
}

TEST_F(ClientOnCluster, RemovingWithTheUidOfAnotherObjectIsAConflict) {
  create_config_map("a");
  EXPECT_EQ(client_->remove(kube::kConfigMaps, key("a"), "11111111-2222-3333-4444-555555555555").error().kind, ErrorKind::kConflict);
}

TEST_F(ClientOnCluster, ListsComeInPagesAndEveryObjectOnce) {
  constexpr int kCount = 620;
  auto over_few = unlimited();
  over_few.pool = "few";
  kube::RestClient writer(admin_, clock_, scheduler_, transport_, over_few);
  std::atomic<int> missing = kCount;
  for (int i = 0; i < kCount; ++i) {
    auto request = kube::create_request(kube::kConfigMaps, ns_, config_map("m" + std::to_string(i), "x", {{"set", "many"}}).dump());
    request.timeout = std::chrono::minutes(2);  // most of it spent waiting for one of the few connections
    writer.send(std::move(request), [&](Result<std::string> created) {
      EXPECT_TRUE(created) << created.error().message;
      --missing;
    });
  }
  ASSERT_TRUE(eventually([&] { return missing == 0; }, std::chrono::seconds(120)));

  std::atomic<int> requests = 0;
  auto options = unlimited();
  options.on_request = [&](const kube::RequestSample&) { ++requests; };
  kube::RestClient counting(admin_, clock_, scheduler_, transport_, options);
  std::set<std::string> names;
  int items = 0;
  auto version = kube::Client(counting, "t").list({kube::kConfigMaps, ns_, "set=many", ""}, [&] { names.clear(); }, [&](const Json& object) {
    names.insert(object["metadata"]["name"]);
    ++items;
  });
  ASSERT_TRUE(version) << version.error().message;
  EXPECT_FALSE(version->empty());
  EXPECT_EQ(items, kCount);
  EXPECT_EQ(names.size(), static_cast<std::size_t>(kCount));
  EXPECT_EQ(requests, 2);
}

TEST_F(ClientOnCluster, AWriteWithAnOldVersionIsAConflict) {
  create_config_map("a", "1");
  Json old = client_->get(kube::kConfigMaps, key("a")).value();
  set_config_map("a", "2");
  old["data"]["value"] = "3";
  EXPECT_EQ(client_->update(kube::kConfigMaps, key("a"), old).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(client_->get(kube::kConfigMaps, key("a")).value()["data"]["value"], "2");
}

TEST_F(ClientOnCluster, ApplyingAFieldOfAnotherManagerIsAConflictUnlessForced) {
  kube::Client other(*rest_, "another-manager");
  ASSERT_TRUE(other.apply(kube::kConfigMaps, key("a"), config_map("a", "theirs"), false));
  auto refused = client_->apply(kube::kConfigMaps, key("a"), config_map("a", "ours"), false);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
  EXPECT_NE(refused.error().message.find("another-manager"), std::string::npos) << refused.error().message;
  ASSERT_TRUE(client_->apply(kube::kConfigMaps, key("a"), config_map("a", "ours"), true));
  EXPECT_EQ(client_->get(kube::kConfigMaps, key("a")).value()["data"]["value"], "ours");
}

TEST_F(ClientOnCluster, AnInvalidObjectNamesTheField) {
  auto refused = client_->create(kube::kConfigMaps, ns_, config_map("Not A Name", "1"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kInvalid);
  EXPECT_NE(refused.error().message.find("metadata.name"), std::string::npos) << refused.error().message;
}

TEST_F(ClientOnCluster, ScaleIsWrittenOnlyFromTheValueThatWasDecidedFrom) {
  create_deployment("web", 3);
  auto scale = client_->get_scale(kube::kDeployments, key("web"));
  ASSERT_TRUE(scale) << scale.error().message;
  EXPECT_EQ(scale->replicas, 3);
  EXPECT_EQ(scale->selector, "app=web");

  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 2, 5).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(client_->get_scale(kube::kDeployments, key("web")).value().replicas, 3);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 3, 5).value().replicas, 5);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 3, 7).error().kind, ErrorKind::kConflict);
}

TEST_F(ClientOnCluster, ScaleToAndFromZeroWorksAndIsGuardedToo) {
  create_deployment("web", 1);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 1, 0).value().replicas, 0);
  EXPECT_EQ(client_->get_scale(kube::kDeployments, key("web")).value().replicas, 0);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 1, 4).error().kind, ErrorKind::kConflict);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 0, 2).value().replicas, 2);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 0, 9).error().kind, ErrorKind::kConflict);
}

TEST_F(ClientOnCluster, AnImpossibleScaleIsInvalidAndNoConflict) {
  create_deployment("web", 1);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("web"), 1, -3).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(client_->set_scale(kube::kDeployments, key("none"), 1, 3).error().kind, ErrorKind::kNotFound);
}

TEST_F(ClientOnCluster, WritesThroughScaleShowUpAsOursInTheManagedFields) {
  create_deployment("web", 1);
  ASSERT_TRUE(client_->set_scale(kube::kDeployments, key("web"), 1, 2));
  const auto workload = kube::parse_workload(client_->get(kube::kDeployments, key("web")).value());
  EXPECT_EQ(workload.replicas, 2);
  EXPECT_EQ(workload.gvk.kind, "Deployment");
  ASSERT_FALSE(workload.replicas_writers.empty());
  EXPECT_EQ(workload.replicas_writers.back().manager, "contract-test");
  EXPECT_EQ(workload.replicas_writers.back().subresource, "scale");
}

TEST_F(ClientOnCluster, DiscoveryFindsKindsAndTellsWhichCanBeScaled) {
  ManualClock clock;
  kube::RestMapper mapper(*rest_, clock);
  const auto deployments = mapper.find_scalable({"apps", "v1", "Deployment"});
  ASSERT_TRUE(deployments) << deployments.error().message;
  EXPECT_EQ(*deployments, kube::kDeployments);
  EXPECT_EQ(mapper.find_scalable({"", "v1", "ReplicationController"}).value().plural, "replicationcontrollers");
  EXPECT_EQ(mapper.find_scalable({"", "v1", "ConfigMap"}).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(mapper.find_scalable({"apps", "v1", "Nothing"}).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(mapper.find({"no.such.group", "v1", "Thing"}).error().kind, ErrorKind::kNotFound);
}

TEST_F(ClientOnCluster, DiscoveryFindsAKindThatIsInstalledLater) {
  const kube::ResourceType crds{"apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition", false};
  const std::string group = ns_ + ".example.com";
  const kube::GroupVersionKind worker{group, "v1", "Worker"};
  ManualClock clock;
  kube::RestMapper mapper(*rest_, clock);
  EXPECT_EQ(mapper.find_scalable(worker).error().kind, ErrorKind::kNotFound);

  const Json schema{{"type", "object"}, {"x-kubernetes-preserve-unknown-fields", true}};
  auto created = client_->create(
      crds, "",
      {{"apiVersion", "apiextensions.k8s.io/v1"},
       {"kind", "CustomResourceDefinition"},
       {"metadata", {{"name", "workers." + group}}},
       {"spec",
        {{"group", group},
         {"scope", "Namespaced"},
         {"names", {{"plural", "workers"}, {"kind", "Worker"}}},
         {"versions",
          {{{"name", "v1"},
            {"served", true},
            {"storage", true},
            {"schema", {{"openAPIV3Schema", schema}}},
            {"subresources", {{"scale", {{"specReplicasPath", ".spec.replicas"}, {"statusReplicasPath", ".status.replicas"}}}}}}}}}}});
  ASSERT_TRUE(created) << created.error().message;
  EXPECT_TRUE(eventually([&] {
    clock.advance(std::chrono::seconds(11));
    return mapper.find_scalable(worker).has_value();
  }));
  const auto type = mapper.find_scalable(worker).value();
  ASSERT_TRUE(client_->create(type, ns_, {{"apiVersion", group + "/v1"}, {"kind", "Worker"}, {"metadata", {{"name", "w"}}}, {"spec", {{"replicas", 2}}}}));
  EXPECT_EQ(client_->set_scale(type, key("w"), 2, 6).value().replicas, 6);
  EXPECT_EQ(client_->set_scale(type, key("w"), 2, 8).error().kind, ErrorKind::kConflict);
  EXPECT_TRUE(client_->remove(crds, {"", "workers." + group}));
}

}  // namespace
}  // namespace spillway::testing
