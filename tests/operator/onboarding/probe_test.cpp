#include "operator/onboarding/probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crds/v1alpha1/codec.hpp"
#include "operator/onboarding/policy_for_workload.hpp"

namespace spillway::onboarding {
namespace {

using testing::HasSubstr;
using testing::Not;

const Workload kWeb{"shop", "Deployment", "web", "app=web,tier in (a)", 5};

Findings found(const char* name, int window = 60) {
  Findings findings;
  findings.arrivals = FoundMetric{find_known_metric(name), matchers_of(kWeb).front(), 5};
  findings.targets = matchers_of(kWeb).front();
  findings.window_seconds = window;
  return findings;
}

TEST(Matchers, TakeOnlyPodsOfThisDeploymentAndKind) {
  EXPECT_EQ(matchers_of(kWeb).front().labels, "namespace=\"shop\",pod=~\"web-[a-z0-9]+-[a-z0-9]{5}\"");
  EXPECT_EQ(matchers_of({"shop", "StatefulSet", "db", "", 1}).front().labels, "namespace=\"shop\",pod=~\"db-[0-9]+\"");
  EXPECT_EQ(matchers_of({"shop", "Rollout", "a.b", "", 1}).front().labels, "namespace=\"shop\",pod=~\"a\\\\.b-.+\"");
}

TEST(Matchers, KnowTheLabelsOfTheSelectorOfMeshesAndOfBrokers) {
  std::string all;
  for (const auto& matcher : matchers_of(kWeb)) all += matcher.labels + "\n";
  EXPECT_THAT(all, HasSubstr("namespace=\"shop\",app=\"web\"\n"));
  EXPECT_THAT(all, HasSubstr("destination_workload=\"web\""));
  EXPECT_THAT(all, HasSubstr("exported_service=\"web\""));
  EXPECT_THAT(all, HasSubstr("queue=\"web\""));
}

TEST(Policy, IsADryRunWithWhatWasFound) {
  const Draft draft = policy_for(kWeb, "apps/v1", found("http_requests_received_total", 30), "http://p:9090", std::nullopt);
  EXPECT_EQ(draft.spec.mode, Mode::kDryRun);
  EXPECT_EQ(draft.spec.metrics.arrival_rate->query, "sum(rate(http_requests_received_total{namespace=\"shop\",pod=~\"web-[a-z0-9]+-[a-z0-9]{5}\"}[30s]))");
  EXPECT_EQ(draft.spec.metrics.arrival_rate->counts, v1alpha1::ArrivalCounts::kArrivals);
  EXPECT_EQ(draft.spec.metrics.arrival_rate->coverage_query, "count(up{namespace=\"shop\",pod=~\"web-[a-z0-9]+-[a-z0-9]{5}\"} == 1)");
  EXPECT_EQ(draft.spec.max_replicas, 20);
  const auto back = v1alpha1::parse_policy_manifest(draft.to_yaml());
  ASSERT_TRUE(back) << back.error().message << "\n" << draft.to_yaml();
  EXPECT_EQ(back->spec, draft.spec);
}

TEST(Policy, SaysWhenAMetricCountsCompletions) {
  const Draft draft = policy_for(kWeb, "apps/v1", found("http_requests_total"), "", std::nullopt);
  EXPECT_EQ(draft.spec.metrics.arrival_rate->counts, v1alpha1::ArrivalCounts::kCompletions);
  EXPECT_THAT(draft.comments.at("spec.metrics.arrivalRate"), HasSubstr("when they are answered"));
}

TEST(Policy, WithoutAMetricHoldsAMarkedGuessAndNamesWhatWasLookedFor) {
  const Draft draft = policy_for(kWeb, "apps/v1", {}, "", std::nullopt);
  EXPECT_THAT(draft.comments.at("spec.metrics.arrivalRate"), HasSubstr("REPLACE"));
  EXPECT_THAT(describe({}), HasSubstr("http_server_requests_seconds_count"));
  EXPECT_THAT(draft.spec.metrics.arrival_rate->query, Not(HasSubstr("or vector(0)")));
}

TEST(Policy, TakesTheBoundsOfAnAutoscalerThatIsThere) {
  const Draft draft = policy_for(kWeb, "apps/v1", found("http_requests_total"), "", GivenBounds{3, 17, "HorizontalPodAutoscaler web"});
  EXPECT_EQ(draft.spec.min_replicas, 3);
  EXPECT_EQ(draft.spec.max_replicas, 17);
  EXPECT_THAT(draft.comments.at("spec.minReplicas"), HasSubstr("HorizontalPodAutoscaler web"));
}

}  // namespace
}  // namespace spillway::onboarding
