#include "operator/onboarding/convert.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"
#include "operator/onboarding/source.hpp"

namespace spillway::onboarding {
namespace {

using testing::HasSubstr;

constexpr const char* kHpa = R"(
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 30
  metrics: METRICS
  behavior: BEHAVIOR
)";
constexpr const char* kExternal =
    R"([{type: External, external: {metric: {name: http_requests_total, selector: {matchLabels: {app: web}}}, target: {type: AverageValue, averageValue: "20"}}}])";

std::string hpa(std::string metrics, std::string behavior = "{}") {
  std::string text = kHpa;
  text.replace(text.find("METRICS"), 7, metrics);
  text.replace(text.find("BEHAVIOR"), 8, behavior);
  return text;
}

Draft converted(const std::string& text, Original what = Original::kHorizontalPodAutoscaler, ConversionOptions options = {}) {
  auto draft = convert_text(what, text, options);
  EXPECT_TRUE(draft) << draft.error().message;
  // Whatever comes out is a policy that the API server takes.
  const auto back = v1alpha1::parse_policy_manifest(draft->to_yaml());
  EXPECT_TRUE(back) << back.error().message << "\n" << draft->to_yaml();
  EXPECT_EQ(back->spec, draft->spec) << draft->to_yaml();
  return *draft;
}

TEST(ConvertHpa, TargetBoundsDemandAndCapacityAreTheSame) {
  const Draft draft = converted(hpa(kExternal));
  EXPECT_EQ(draft.spec.scale_target_ref, (v1alpha1::ScaleTargetRef{"apps/v1", "Deployment", "web"}));
  EXPECT_EQ(draft.spec.min_replicas, 2);
  EXPECT_EQ(draft.spec.max_replicas, 30);
  EXPECT_EQ(draft.spec.metrics.arrival_rate->query, "sum(rate(http_requests_total{app=\"web\"}[60s]))");
  EXPECT_EQ(draft.spec.capacity.requests_per_second_per_replica->value, 25.0) << "20 are 80 % of it";
  EXPECT_EQ(draft.spec.objective.target_utilization_percent, 80);
  EXPECT_EQ(draft.spec.mode, Mode::kActive);
}

TEST(ConvertHpa, TheDelayIsSoLooseThatTheSetPointAloneDecides) {
  EXPECT_EQ(converted(hpa(kExternal)).spec.objective.max_queue_delay_milliseconds, 1600) << "40 services of 40 ms";
  const std::string fast = R"([{type: External, external: {metric: {name: x_total}, target: {type: AverageValue, averageValue: "800"}}}])";
  EXPECT_EQ(converted(hpa(fast)).spec.objective.max_queue_delay_milliseconds, 500) << "the usual one is loose enough";
}

TEST(ConvertHpa, ThePodsOfAPodsMetricAreThoseOfTheTarget) {
  const Draft draft = converted(hpa(R"([{type: Pods, pods: {metric: {name: busy}, target: {type: AverageValue, averageValue: 500m}}}])"));
  EXPECT_EQ(draft.spec.metrics.arrival_rate->query, "sum(busy{namespace=\"shop\",pod=~\"web-[a-z0-9]+-[a-z0-9]{5}\"})");
  EXPECT_DOUBLE_EQ(draft.spec.capacity.requests_per_second_per_replica->value, 0.625);
}

TEST(ConvertHpa, CpuHasNoEquivalentAndTheQueryIsAMarkedGuess) {
  const Draft draft = converted(hpa(R"([{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 60}}}])"));
  EXPECT_EQ(draft.spec.objective.target_utilization_percent, 60);
  EXPECT_FALSE(draft.spec.capacity.requests_per_second_per_replica);
  EXPECT_THAT(draft.comments.at("spec.metrics.arrivalRate"), HasSubstr("REPLACE"));
  EXPECT_THAT(draft.to_yaml(), HasSubstr("no equivalent"));
}

TEST(ConvertHpa, AQueueBecomesTheBacklog) {
  const Draft draft = converted(hpa(R"([{type: External, external: {metric: {name: sqs_messages_visible}, target: {type: AverageValue, averageValue: "30"}}}])"));
  ASSERT_TRUE(draft.spec.metrics.backlog);
  EXPECT_EQ(draft.spec.metrics.backlog->query, "sum(sqs_messages_visible{})");
  EXPECT_FALSE(draft.spec.capacity.requests_per_second_per_replica) << "30 waiting per replica say nothing about its speed";
}

TEST(ConvertHpa, BehaviorBecomesCooldownStepLimitAndFreeze) {
  const Draft draft = converted(hpa(kExternal, R"({scaleDown: {stabilizationWindowSeconds: 600, policies: [{type: Pods, value: 8, periodSeconds: 60}]},
                                                   scaleUp: {selectPolicy: Disabled, stabilizationWindowSeconds: 30}})"));
  EXPECT_EQ(draft.spec.behavior.scale_down.cooldown_seconds, 600);
  EXPECT_EQ(draft.spec.behavior.scale_down.max_replicas_per_period, 2);
  EXPECT_TRUE(draft.spec.behavior.scale_up.frozen);
  EXPECT_THAT(draft.to_yaml(), HasSubstr("scaleUp.stabilizationWindowSeconds has no equivalent"));
}

TEST(ConvertHpa, WhatTheServerFillsInIsNoLimit) {
  const Draft draft = converted(hpa(kExternal, R"({scaleUp: {stabilizationWindowSeconds: 0, selectPolicy: Max, policies: [{type: Pods, value: 4, periodSeconds: 15}, {type: Percent, value: 100, periodSeconds: 15}]}})"));
  EXPECT_EQ(draft.spec.behavior.scale_up.max_replicas_per_period, 0);
  EXPECT_EQ(draft.spec.behavior.scale_down.cooldown_seconds, 300);
}

TEST(ConvertHpa, AGivenQueryStandsForTheAdaptersMetric) {
  const Draft draft = converted(hpa(kExternal), Original::kHorizontalPodAutoscaler, {.arrival_rate_query = "sum(rate(real[1m]))", .prometheus_address = "http://p:9090"});
  EXPECT_EQ(draft.spec.metrics.arrival_rate->query, "sum(rate(real[1m]))");
  EXPECT_EQ(draft.spec.metrics.prometheus.address, "http://p:9090");
}

TEST(ConvertHpa, AnotherKindIsRefusedByName) {
  const auto refused = convert_text(Original::kHorizontalPodAutoscaler, "{kind: Deployment, metadata: {name: a}}", {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "kind: \"Deployment\": must be HorizontalPodAutoscaler");
}

constexpr const char* kScaled = R"(
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata: {name: worker, namespace: shop, annotations: ANNOTATIONS}
spec:
  scaleTargetRef: {name: worker}
  pollingInterval: 20
  minReplicaCount: 1
  maxReplicaCount: 40
  fallback: {failureThreshold: 3, replicas: 6}
  triggers:
  - {type: prometheus, metadata: {serverAddress: "http://prometheus:9090", query: 'sum(rate(jobs_added_total[2m]))', threshold: "5"}}
  - {type: cron, metadata: {timezone: Asia/Kolkata, start: 0 6 * * 1-5, end: 30 20 * * 1-5, desiredReplicas: "12"}}
  - {type: rabbitmq, metadata: {queueName: jobs}}
)";

std::string scaled(std::string annotations = "{}") {
  std::string text = kScaled;
  text.replace(text.find("ANNOTATIONS"), 11, annotations);
  return text;
}

TEST(ConvertScaledObject, TakesTheQueryTheThresholdTheFallbackAndTheCalendar) {
  const Draft draft = converted(scaled(), Original::kScaledObject);
  EXPECT_EQ(draft.spec.scale_target_ref, (v1alpha1::ScaleTargetRef{"apps/v1", "Deployment", "worker"}));
  EXPECT_EQ(draft.spec.control_period_seconds, 20);
  EXPECT_EQ(draft.spec.metrics.arrival_rate->query, "sum(rate(jobs_added_total[2m]))");
  EXPECT_EQ(draft.spec.metrics.prometheus.address, "http://prometheus:9090");
  EXPECT_EQ(draft.spec.capacity.requests_per_second_per_replica->value, 6.25);
  EXPECT_EQ(draft.spec.fallback.on_missing_metrics, FallbackAction::kReplicas);
  EXPECT_EQ(draft.spec.fallback.after_seconds, 60);
  EXPECT_EQ(draft.spec.fallback.replicas, 6);
  ASSERT_EQ(draft.spec.schedule.size(), 1u);
  EXPECT_EQ(draft.spec.schedule[0].cron, "0 6 * * 1-5");
  EXPECT_EQ(draft.spec.schedule[0].time_zone, "Asia/Kolkata");
  EXPECT_EQ(draft.spec.schedule[0].duration_seconds, 14 * 3600 + 1800);
  EXPECT_EQ(draft.spec.schedule[0].min_replicas, 12);
  EXPECT_THAT(draft.to_yaml(), HasSubstr("rabbitmq"));
}

TEST(ConvertScaledObject, PauseAnnotationsBecomeFieldsAndFalseIsNoPause) {
  EXPECT_EQ(converted(scaled(R"({autoscaling.keda.sh/paused: "true"})"), Original::kScaledObject).spec.mode, Mode::kPaused);
  EXPECT_EQ(converted(scaled(R"({autoscaling.keda.sh/paused: "false"})"), Original::kScaledObject).spec.mode, Mode::kActive);
  const Draft frozen = converted(scaled(R"({autoscaling.keda.sh/paused-scale-in: "true"})"), Original::kScaledObject);
  EXPECT_EQ(frozen.spec.mode, Mode::kActive);
  EXPECT_TRUE(frozen.spec.behavior.scale_down.frozen);
}

TEST(ConvertScaledObject, ZeroStaysZeroAndSaysWhatMakesItSafe) {
  const Draft draft = converted(R"x({apiVersion: keda.sh/v1alpha1, kind: ScaledObject, metadata: {name: w, namespace: a}, spec: {scaleTargetRef: {name: w},
    triggers: [{type: prometheus, metadata: {query: "sum(rabbitmq_queue_messages_ready)", threshold: "5"}}]}})x", Original::kScaledObject);
  EXPECT_EQ(draft.spec.min_replicas, 0);
  EXPECT_EQ(draft.spec.max_replicas, 100);
  ASSERT_TRUE(draft.spec.metrics.backlog);
  EXPECT_THAT(draft.comments.at("spec.minReplicas"), HasSubstr("while no replica runs"));
}

}  // namespace
}  // namespace spillway::onboarding
