#include "crds/v1alpha1/resolve.hpp"

namespace spillway::v1alpha1 {
namespace {

AutoscalerPolicySpec minimal() {
  AutoscalerPolicySpec spec;
  spec.max_replicas = 20;
  spec.metrics.arrival_rate.emplace().query = "sum(rate(requests_total[1m]))";
  return spec;
}

TEST(Resolve, TakesTheProfilesNumbersForWhatIsLeftOut) {
  for (const Profile profile : {Profile::kSafe, Profile::kNormal, Profile::kPerformance}) {
    AutoscalerPolicySpec spec = minimal();
    spec.profile = profile;
    const Policy policy = resolve(spec).policy;
    const ProfileNumbers numbers = profile_numbers(profile);
    EXPECT_DOUBLE_EQ(policy.target_utilization, numbers.target_utilization_percent / 100.0);
    EXPECT_EQ(policy.scale_down.cooldown, Seconds(numbers.scale_down_cooldown_seconds));
    EXPECT_DOUBLE_EQ(policy.late_penalty_factor, numbers.late_penalty_factor);
    EXPECT_FALSE(policy.late_penalty);
  }
}

TEST(Resolve, OrdersTheProfilesByThePriceOfLatenessAndTheSpeedOfShrinking) {
  const auto safe = profile_numbers(Profile::kSafe), normal = profile_numbers(Profile::kNormal),
             performance = profile_numbers(Profile::kPerformance);
  EXPECT_LT(normal.late_penalty_factor, safe.late_penalty_factor);
  EXPECT_LT(safe.late_penalty_factor, performance.late_penalty_factor);
  EXPECT_GT(safe.scale_down_cooldown_seconds, normal.scale_down_cooldown_seconds);
  EXPECT_GT(normal.scale_down_cooldown_seconds, performance.scale_down_cooldown_seconds);
  EXPECT_GT(safe.quantile_widening, normal.quantile_widening);
  EXPECT_LT(performance.target_utilization_percent, safe.target_utilization_percent);
}

TEST(Resolve, LetsAGivenValueWinOverTheProfile) {
  AutoscalerPolicySpec spec = minimal();
  spec.profile = Profile::kSafe;
  spec.objective.target_utilization_percent = 55;
  spec.objective.late_penalty = *parse_quantity("2500m");
  spec.behavior.scale_down.cooldown_seconds = 0;
  const ResolvedPolicy resolved = resolve(spec);
  EXPECT_DOUBLE_EQ(resolved.policy.target_utilization, 0.55);
  EXPECT_DOUBLE_EQ(resolved.policy.late_penalty.value(), 2.5);
  EXPECT_EQ(resolved.policy.scale_down.cooldown, Seconds(0));
  EXPECT_EQ(resolved.effective_parameters.at("objective.latePenalty"), "2.5");
}

TEST(Resolve, SaysInTheEffectiveParametersWhatIsInForceAndWhatIsLearned) {
  AutoscalerPolicySpec spec = minimal();
  auto parameters = resolve(spec).effective_parameters;
  EXPECT_EQ(parameters.at("objective.targetUtilizationPercent"), "80");
  EXPECT_EQ(parameters.at("capacity.requestsPerSecondPerReplica"), "learned");
  EXPECT_EQ(parameters.at("objective.latePenalty"), "25 / capacity, learned");
  EXPECT_EQ(parameters.at("behavior.scaleDown.cooldownSeconds"), "120");
  spec.capacity.requests_per_second_per_replica = *parse_quantity("25");
  parameters = resolve(spec).effective_parameters;
  EXPECT_EQ(parameters.at("objective.latePenalty"), "1") << "20 / (25 x 0.8)";
}

TEST(Resolve, TakesTheAveragingWindowFromTheQuery) {
  EXPECT_EQ(resolve(minimal()).policy.rate_window, Seconds(60));
  AutoscalerPolicySpec spec = minimal();
  spec.metrics.arrival_rate->query = "job:requests:rate";
  EXPECT_EQ(resolve(spec).policy.rate_window, Policy{}.rate_window);
}

TEST(RateWindow, ReadsRangeSelectorsAndNothingElse) {
  const std::vector<std::pair<const char*, double>> table = {{"rate(x[30s])", 30},
                                                             {"rate(x[1h30m])", 5400},
                                                             {"rate(x[500ms])", 0.5},
                                                             {"rate(x[ 2m ])", 120},
                                                             {"max_over_time(rate(x[1m])[5m:15s])", 300},
                                                             {"rate(x[45])", 45},
                                                             {"rate(x{path=\"[10m]\"}[30s])", 30},
                                                             {"rate(x{path='a\\'[10m]'}[30s])", 30},
                                                             {"x", 0},
                                                             {"rate(x[", 0},
                                                             {"rate(x[soon])", 0},
                                                             {"x{a=\"", 0}};
  for (const auto& [query, seconds] : table) EXPECT_DOUBLE_EQ(rate_window(query).value(), seconds) << query;
}

}  // namespace
}  // namespace spillway::v1alpha1
