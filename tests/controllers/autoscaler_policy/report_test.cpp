#include "controllers/autoscaler_policy/report.hpp"

#include "controllers/autoscaler_policy/conditions.hpp"
#include "controllers/autoscaler_policy/events.hpp"
#include "tests/controllers/autoscaler_policy/healthy.hpp"

namespace spillway::autoscaler_policy {
namespace {

using v1alpha1::ConditionStatus;
using v1alpha1::Zone;

v1alpha1::ConditionUpdate condition(const Findings& findings, const std::string& type) {
  for (const auto& update : judge_conditions(findings)) {
    if (update.type == type) return update;
  }
  ADD_FAILURE() << "no condition " << type;
  return {};
}

TEST(Conditions, of_a_policy_in_good_order_are_all_well) {
  for (const char* good : {"Ready", "AbleToScale", "ScalingActive", "MetricsFresh", "ModelReady", "SolverHealthy"}) {
    EXPECT_EQ(condition(healthy(), good).status, ConditionStatus::kTrue) << good;
  }
  for (const char* good : {"ScalingLimited", "Conflicted", "FallbackActive", "Reconciling", "Stalled"}) {
    EXPECT_EQ(condition(healthy(), good).status, ConditionStatus::kFalse) << good;
  }
}

TEST(Conditions, have_a_reason_that_the_api_server_accepts_in_every_case) {
  std::vector<Findings> cases(7, healthy());
  cases[1].verdict.reset();
  cases[1].obstacle = Obstacle{"TargetNotFound", "no such Deployment", true, false};
  cases[2].rival = Rival{"HorizontalPodAutoscaler a/b", "HorizontalPodAutoscaler", "delete it"};
  cases[3].other_writer = {"kubectl", true, Seconds(5), 2};
  cases[4].cache_failure = Error{ErrorKind::kForbidden, "pods is forbidden"};
  cases[5].verdict->write = {WriteOutcome::kForbidden, "deployments/scale is forbidden"};
  cases[6].mode = Mode::kPaused;
  for (const Findings& findings : cases) {
    for (const auto& update : judge_conditions(findings)) {
      EXPECT_THAT(update.reason, testing::MatchesRegex("[A-Za-z][A-Za-z0-9_,:]*")) << update.type;
    }
  }
}

TEST(Conditions, stay_ready_while_a_metric_is_missing) {
  Findings findings = healthy();
  findings.verdict->observation.arrival_rate = Reading::missing(Absence::kTimeout, "no answer in 5 s");
  findings.verdict->trace.estimate.demand_known = false;
  EXPECT_EQ(condition(findings, "Ready").status, ConditionStatus::kTrue);
  EXPECT_EQ(condition(findings, "MetricsFresh").reason, "Timeout");
  EXPECT_THAT(condition(findings, "MetricsFresh").message,
              testing::HasSubstr("arrivalRate: Timeout: no answer in 5 s"));
  EXPECT_EQ(condition(findings, "ScalingActive").status, ConditionStatus::kFalse);
}

TEST(Conditions, name_the_rival_and_the_fix_but_only_yield_when_active) {
  Findings findings = healthy();
  findings.rival = Rival{"HorizontalPodAutoscaler shop/hpa", "HorizontalPodAutoscaler", "delete it"};
  EXPECT_THAT(condition(findings, "Conflicted").message,
              testing::AllOf(testing::HasSubstr("shop/hpa"), testing::HasSubstr("delete it")));
  EXPECT_EQ(condition(findings, "Ready").reason, "Conflicted");
  findings.mode = Mode::kDryRun;
  EXPECT_EQ(condition(findings, "Conflicted").status, ConditionStatus::kTrue);
  EXPECT_EQ(condition(findings, "Ready").status, ConditionStatus::kTrue);
}

TEST(Conditions, are_stalled_only_when_people_must_act) {
  Findings findings = healthy();
  findings.verdict.reset();
  findings.obstacle = Obstacle{"TargetNotFound", "", true, false};
  EXPECT_EQ(condition(findings, "Reconciling").status, ConditionStatus::kTrue);
  EXPECT_EQ(condition(findings, "Stalled").status, ConditionStatus::kFalse);
  findings.obstacle = Obstacle{"InvalidSchedule", "", false, true};
  EXPECT_EQ(condition(findings, "Stalled").status, ConditionStatus::kTrue);
}

TEST(Conditions, say_what_limits_a_decision) {
  Findings findings = healthy();
  findings.verdict->decision.trail = {{"MinMax", 70, 60, "maxReplicas is 60"}};
  EXPECT_EQ(condition(findings, "ScalingLimited").reason, "TooManyReplicas");
  findings.verdict->decision.trail = {{"Cooldown", 3, 5, "20 s left"}};
  EXPECT_EQ(condition(findings, "ScalingLimited").reason, "Cooldown");
  findings.verdict->decision.trail = {{"FlapBudget", 7, 5, "2 of 2 moves of this hour are used"}};
  EXPECT_EQ(condition(findings, "ScalingLimited").reason, "FlapBudget");
  findings.verdict->decision.trail = {{"StaleData", 3, 5, "no shrink on doubt"}};
  EXPECT_EQ(condition(findings, "ScalingLimited").status, ConditionStatus::kFalse);
}

TEST(Conditions, say_what_limits_a_plan_that_keeps_to_its_limits_by_itself) {
  Findings findings = healthy();
  findings.verdict->trace.plan.prices = {{"startupLag", 9}, {"frozen", 3}};
  EXPECT_EQ(condition(findings, "ScalingLimited").reason, "Frozen");
  findings.verdict->trace.plan.prices = {{"flapBudget", 2}, {"startupLag", 9}};
  EXPECT_EQ(condition(findings, "ScalingLimited").reason, "FlapBudget");
  findings.verdict->trace.plan.prices = {{"startupLag", 9}, {"cooldown", 3}};
  EXPECT_EQ(condition(findings, "ScalingLimited").status, ConditionStatus::kFalse) << "waiting a little is how it works, not a limit";
}

TEST(Conditions, name_the_window_of_the_calendar_that_decides) {
  Findings findings = healthy();
  findings.verdict->decision.replicas = 45;
  findings.verdict->observation.calendar = {{"morning", Seconds(900), Seconds(1100), 45, std::nullopt}};
  findings.verdict->trace.plan.binding_constraint = "minReplicas";
  const auto limited = condition(findings, "ScalingLimited");
  EXPECT_EQ(limited.reason, "Schedule");
  EXPECT_THAT(limited.message, testing::HasSubstr("morning"));
  findings.verdict->trace.plan.binding_constraint.clear();  // 45 is what the demand needs anyway
  EXPECT_EQ(condition(findings, "ScalingLimited").status, ConditionStatus::kFalse);
  findings.verdict->trace.plan.binding_constraint = "minReplicas";
  findings.now = Seconds(1200);
  EXPECT_EQ(condition(findings, "ScalingLimited").status, ConditionStatus::kFalse) << "the window has closed";
}

TEST(Conditions, stay_in_conflict_with_a_rival_that_has_just_gone_and_say_so) {
  Findings findings = healthy();
  findings.rival = Rival{"HorizontalPodAutoscaler shop/a", "HorizontalPodAutoscaler", "delete it", true};
  EXPECT_EQ(condition(findings, "Conflicted").status, ConditionStatus::kTrue);
  EXPECT_THAT(condition(findings, "Conflicted").message, testing::HasSubstr("is gone"));
}

v1alpha1::AutoscalerPolicyStatus status_of(const Findings& findings, v1alpha1::AutoscalerPolicyStatus before = {}) {
  return make_status(findings, 3, std::move(before), {});
}

TEST(Status, is_not_written_for_a_tick_that_changed_nothing) {
  const auto first = status_of(healthy());
  Findings later = healthy();
  later.now = Seconds(1015);
  later.verdict->decision.message = "other figures";
  later.verdict->trace.estimate.arrival_rate.value = 104;
  const auto second = status_of(later, first);
  EXPECT_FALSE(is_worth_writing(first, second, std::chrono::seconds(59)));
  EXPECT_TRUE(is_worth_writing(first, second, std::chrono::seconds(60)));
}

TEST(Status, is_written_for_moves_conditions_and_estimates) {
  const auto before = status_of(healthy());
  const auto worth = [&](auto change) {
    Findings findings = healthy();
    change(findings);
    return is_worth_writing(before, status_of(findings, before), std::chrono::seconds(1));
  };
  EXPECT_TRUE(worth([](Findings& f) { f.verdict->decision.replicas = 6; }));
  EXPECT_TRUE(worth([](Findings& f) { f.verdict->observation.ready = 4; }));
  EXPECT_TRUE(worth([](Findings& f) { f.verdict->trace.estimate.arrival_rate.value = 106; }));
  EXPECT_TRUE(worth([](Findings& f) { f.verdict->observation.arrival_rate = Reading::missing(Absence::kEmpty); }));
  EXPECT_TRUE(worth([](Findings& f) { f.verdict->decision.reason = "DemandGrowth"; }));
}

TEST(Status, is_written_when_one_more_rival_shows_up) {
  Findings one = healthy();
  one.rival = Rival{"ScaledObject shop/a", "ScaledObject", "delete it", false};
  Findings two = one;
  two.rival->who += " and its HorizontalPodAutoscaler shop/keda-hpa-a";
  const auto before = status_of(one);
  EXPECT_FALSE(is_worth_writing(before, status_of(one, before), std::chrono::seconds(1)));
  EXPECT_TRUE(is_worth_writing(before, status_of(two, before), std::chrono::seconds(1)));
}

TEST(Status, shows_no_old_figures_when_nothing_is_known) {
  auto before = status_of(healthy());
  before.forecast.emplace();
  Findings blind = healthy();
  blind.verdict->trace.estimate.demand_known = blind.verdict->trace.estimate.backlog_known = false;
  blind.verdict->trace.plan.status = plan::SolveStatus::kNotRun;
  const auto status = status_of(blind, before);
  EXPECT_FALSE(status.forecast);
  ASSERT_TRUE(status.estimate);
  EXPECT_FALSE(status.estimate->backlog);
  EXPECT_FALSE(status.estimate->arrival_rate);
}

TEST(Status, keeps_the_last_decision_while_the_target_is_missing) {
  const auto before = status_of(healthy());
  Findings findings = healthy();
  findings.verdict.reset();
  findings.obstacle = Obstacle{"TargetNotFound", "", true, false};
  EXPECT_EQ(status_of(findings, before).last_decision, before.last_decision);
}

TEST(Zone, is_left_only_clearly_below_its_threshold) {
  const ZoneThresholds thresholds{0.75, 0.90, 0.05};
  EXPECT_EQ(judge_zone(0.74, {}, thresholds), Zone::kSafe);
  EXPECT_EQ(judge_zone(0.76, {}, thresholds), Zone::kWarning);
  EXPECT_EQ(judge_zone(0.71, Zone::kWarning, thresholds), Zone::kWarning);
  EXPECT_EQ(judge_zone(0.69, Zone::kWarning, thresholds), Zone::kSafe);
  EXPECT_EQ(judge_zone(0.86, Zone::kCollapse, thresholds), Zone::kCollapse);
  EXPECT_EQ(judge_zone(0.86, Zone::kWarning, thresholds), Zone::kWarning);
}

TEST(Events, tell_a_problem_once_and_its_end) {
  const kube::ObjectReference policy;
  const auto well = status_of(healthy());
  Findings findings = healthy();
  findings.verdict->write = {WriteOutcome::kForbidden, "may not"};
  const auto refused = status_of(findings, well);
  const auto begun = condition_events(policy, well.conditions, refused.conditions);
  ASSERT_EQ(begun.size(), 1u);
  EXPECT_EQ(begun[0].reason, "Forbidden");
  EXPECT_EQ(begun[0].type, kube::EventType::kWarning);
  EXPECT_TRUE(condition_events(policy, refused.conditions, refused.conditions).empty());
  const auto ended = condition_events(policy, refused.conditions, well.conditions);
  ASSERT_EQ(ended.size(), 1u);
  EXPECT_EQ(ended[0].type, kube::EventType::kNormal);
}

TEST(Events, stay_silent_on_the_first_visit_of_a_policy_in_good_order) {
  EXPECT_TRUE(condition_events({}, {}, status_of(healthy()).conditions).empty());
}

}  // namespace
}  // namespace spillway::autoscaler_policy
