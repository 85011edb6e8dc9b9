#include "operator/kube/objects.hpp"

#include <nlohmann/json.hpp>

#include "operator/kube/selector.hpp"
#include "operator/kube/timestamp.hpp"

namespace spillway::kube {
namespace {

TEST(Objects, APodTellsWhatControllersAsk) {
  const Pod pod = parse_pod(Json::parse(R"({
    "metadata":{"namespace":"shop","name":"web-1","uid":"u","resourceVersion":"9","generation":2,"creationTimestamp":"2026-11-23T01:00:00Z",
      "labels":{"b":"2","a":"1"},
      "ownerReferences":[{"kind":"X","name":"no"},{"apiVersion":"apps/v1","kind":"ReplicaSet","name":"web","uid":"r","controller":true}]},
    "spec":{"nodeName":"n1","containers":[{"ports":[{"name":"http","containerPort":8080}]},{}]},
    "status":{"phase":"Running","podIP":"10.0.0.1","conditions":[{"type":"PodScheduled","status":"True"},
      {"type":"Ready","status":"True","lastTransitionTime":"2026-11-23T01:00:20Z"}]}})"));
  EXPECT_EQ(pod.meta.key().to_string(), "shop/web-1");
  EXPECT_EQ(pod.meta.owner->uid, "r");
  EXPECT_EQ(pod.meta.labels, (Labels{{"a", "1"}, {"b", "2"}}));
  EXPECT_TRUE(pod.ready);
  EXPECT_EQ(*pod.ready_since - pod.meta.created, std::chrono::seconds(20));
  EXPECT_FALSE(pod.unschedulable);
  EXPECT_FALSE(pod.terminating());
  EXPECT_EQ(pod.ip, "10.0.0.1");
  ASSERT_EQ(pod.ports.size(), 1u);
  EXPECT_EQ(pod.ports[0].number, 8080);
}

TEST(Objects, AnUnschedulableOrDyingPodIsToldApart) {
  const Pod pod = parse_pod(Json::parse(R"({"metadata":{"deletionTimestamp":"2026-11-23T01:00:00Z"},"status":{"phase":"Pending",
    "conditions":[{"type":"PodScheduled","status":"False","reason":"Unschedulable"},{"type":"Ready","status":"False","lastTransitionTime":"2026-11-23T01:00:20Z"}]}})"));
  EXPECT_TRUE(pod.unschedulable);
  EXPECT_TRUE(pod.terminating());
  EXPECT_FALSE(pod.ready);
  EXPECT_FALSE(pod.ready_since);
}

TEST(Objects, AWorkloadTellsItsRolloutAndWhoWroteItsReplicas) {
  const Workload workload = parse_workload(Json::parse(R"({"apiVersion":"apps/v1","kind":"Deployment",
    "metadata":{"name":"web","generation":4,"managedFields":[
      {"manager":"spillway","subresource":"scale","time":"2026-11-23T02:00:00Z","fieldsV1":{"f:spec":{"f:replicas":{}}}},
      {"manager":"kubectl","time":"2026-11-23T01:00:00Z","fieldsV1":{"f:spec":{"f:replicas":{},"f:template":{}}}},
      {"manager":"kcm","subresource":"status","time":"2026-11-23T03:00:00Z","fieldsV1":{"f:status":{"f:replicas":{}}}}]},
    "spec":{"replicas":5,"selector":{"matchLabels":{"app":"web"},"matchExpressions":[{"key":"tier","operator":"In","values":["a","b"]},{"key":"x","operator":"DoesNotExist"}]}},
    "status":{"observedGeneration":4,"replicas":6,"readyReplicas":4,"updatedReplicas":2,
      "conditions":[{"type":"ReplicaFailure","status":"True","message":"exceeded quota"}]}})"));
  EXPECT_EQ(workload.replicas, 5);
  EXPECT_TRUE(workload.rollout_in_progress());
  EXPECT_EQ(workload.selector, "app=web,tier in (a,b),!x");
  EXPECT_EQ(workload.replica_failure, "exceeded quota");
  ASSERT_EQ(workload.replicas_writers.size(), 2u);
  EXPECT_EQ(workload.replicas_writers[0].manager, "kubectl");
  EXPECT_EQ(workload.replicas_writers[1].manager, "spillway");
}

TEST(Objects, WhereTheCountIsElsewhereTheWriterOfTheSpecIsItsWriter) {
  const Workload fleet = parse_workload(Json::parse(R"({"metadata":{"name":"fleet","managedFields":[
      {"manager":"kubectl-edit","time":"2026-11-23T02:00:00Z","fieldsV1":{"f:spec":{"f:size":{}}}},
      {"manager":"fleet-controller","subresource":"status","time":"2026-11-23T03:00:00Z","fieldsV1":{"f:status":{"f:size":{}}}},
      {"manager":"spillway","subresource":"scale","time":"2026-11-23T01:00:00Z","fieldsV1":{"f:spec":{"f:size":{}}}}]},"spec":{"size":5}})"));
  ASSERT_EQ(fleet.replicas_writers.size(), 2u);
  EXPECT_EQ(fleet.replicas_writers.back().manager, "kubectl-edit");
}

TEST(Objects, AbsentFieldsAreDefaultsAndWrongTypesCountAsAbsent) {
  for (const char* text : {"{}", "[]", "null", R"({"metadata":3,"spec":[],"status":"x"})",
                           R"({"metadata":{"labels":[1],"ownerReferences":"x","generation":"y","managedFields":7},"spec":{"replicas":"3","selector":4,"containers":[5]}})"}) {
    const Json object = Json::parse(text);
    EXPECT_EQ(parse_workload(object).replicas, 1) << text;
    EXPECT_FALSE(parse_pod(object).ready) << text;
    EXPECT_EQ(parse_scale(object).replicas, 0) << text;
    EXPECT_EQ(parse_autoscaler(object).min_replicas, 1) << text;
  }
  EXPECT_EQ(parse_scale(Json::parse(R"({"spec":{"replicas":99999999999}})")).replicas, std::numeric_limits<int>::max());
}

TEST(LabelSelector, MatchesAsKubectlDoes) {
  const Labels labels{{"app", "web"}, {"tier", "a"}};
  const std::pair<const char*, bool> cases[] = {
      {"", true}, {"  ", true}, {"app=web", true}, {"app==web", true}, {"app = web", true}, {"app=api", false}, {"app!=api", true},
      {"app!=web", false}, {"none!=x", true}, {"app", true}, {"none", false}, {"!none", true}, {"!app", false},
      {"tier in (a,b)", true}, {"tier in (b, c)", false}, {"tier notin (b)", true}, {"tier notin (a)", false}, {"none notin (a)", true},
      {"app=web,tier in (a,b),!none", true}, {"app=web,tier in (c),!none", false}, {"app=", false}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(LabelSelector::parse(text).value().matches(labels), expected) << text;
}

TEST(LabelSelector, WhatCannotBeReadIsInvalidAndNamed) {
  for (const char* text : {"app=web,", "=x", "a b c", "tier within (a)", "app=a=b", "!", "a in (b", "a>3"}) {
    const auto selector = LabelSelector::parse(text);
    ASSERT_FALSE(selector) << text;
    EXPECT_EQ(selector.error().kind, ErrorKind::kInvalid);
  }
}

}  // namespace
}  // namespace spillway::kube
