#include <cmath>
#include <limits>
#include <numeric>

#include "model/plan/plan.hpp"
#include "tests/model/plan/requests.hpp"

namespace spillway::plan {
namespace {

using testing::calm_request;
using testing::constant_scenario;
using testing::Pods;

/// Runs the planner against a fluid service with a constant load and returns the wanted replicas per period.
std::vector<Replicas> close_the_loop(PlanRequest request, double rate, int periods) {
  Pods pods(request.ready, request.pending_due);
  std::vector<Replicas> wanted;
  Basis basis;
  for (int t = 0; t < periods; ++t) {
    const double now = 15.0 * t;
    request.current = pods.count();
    request.ready = pods.ready(now);
    request.pending_due = pods.pending(now);
    const Plan plan = solve(request, t == 0 ? nullptr : &basis);
    basis = plan.basis;
    pods.scale_to(plan.first, now, request.startup);
    wanted.push_back(plan.first);
    request.backlog = std::max(0.0, request.backlog + 15.0 * (rate - request.capacity * pods.ready(now)));
  }
  return wanted;
}

// facts: weaknesses of the reference laboratory, one named test each (those that a planner can have).

TEST(Weakness1DeadZone, TwentyReplicasAtTwentyRequestsPerSecondReturnToTheNeededCount) {
  for (Replicas start : {2, 5, 20, 70}) {
    const auto wanted = close_the_loop(calm_request(20, start), 20, 12);
    EXPECT_EQ(wanted.back(), 2) << "from " << start;
  }
}

TEST(Weakness1DeadZone, AnyLoadIsReachedFromAnyStartWithinALagAndFourPeriods) {
  for (double rate : {0.0, 3.0, 70.0, 333.0, 900.0}) {
    const auto needed = std::max<Replicas>(1, static_cast<Replicas>(std::ceil(rate / (25 * 0.7))));
    for (Replicas start : {1, 13, 70}) {
      const auto wanted = close_the_loop(calm_request(rate, start, 45), rate, 16);
      EXPECT_EQ(wanted.back(), needed) << rate << " rps from " << start;
    }
  }
}

TEST(Planner, ABurstThatIsOverBeforeAnybodyWaitsTooLongBuysNoReplica) {
  PlanRequest request;
  request.grid = make_stages(Seconds(1), Seconds(12), Seconds(0));
  request.capacity = 2.0;
  request.target_utilization = 0.8;
  request.max_queue_delay = 2.0;
  request.late_penalty = 20.0 / (2.0 * 0.8);
  request.current = request.ready = 19;
  request.min_replicas = {1};
  request.max_replicas = {200};
  forecast::DemandScenario calm = constant_scenario(request.grid, 30.0), burst = calm;
  calm.probability = 0.9;
  burst.probability = 0.1;
  burst.rate[1] = 60.0;  // 22 more than is served in that second; 76 may wait
  request.scenarios = {calm, burst};
  EXPECT_EQ(solve(request, nullptr).first, 19);
  for (std::size_t k = 1; k < burst.rate.size(); ++k) request.scenarios[1].rate[k] = 60.0;  // one that stays does, if it is likely
  request.scenarios[1].probability = 0.5;
  request.scenarios[0].probability = 0.5;
  request.startup = 3.0;
  EXPECT_GT(solve(request, nullptr).first, 19);
}

TEST(Weakness2WindUp, NothingGrowsAfterTheLoadHasGone) {
  PlanRequest request = calm_request(20, 40);
  request.ready = 12;
  request.pending_due.assign(28, 20.0);
  for (double backlog : {0.0, 50.0, 500.0, 3000.0}) {
    request.backlog = backlog;  // what a spike of 200 rps left; it drains with what is ready or due
    EXPECT_LE(solve(request, nullptr).first, 40) << backlog;
  }
  request.backlog = 0.0;
  EXPECT_LT(solve(request, nullptr).first, 12);
}

TEST(Weakness2WindUp, PendingReplicasCountForTheBacklogTheyWereAskedFor) {
  PlanRequest request = calm_request(200, 8);
  request.backlog = 4000;
  const Plan asks = solve(request, nullptr);
  EXPECT_GT(asks.first, 12);
  request.current = asks.first;
  request.pending_due.assign(static_cast<std::size_t>(asks.first - 8), 15.0);  // one period later, backlog as foreseen
  EXPECT_LE(solve(request, nullptr).first, asks.first + 1);
}

TEST(Weakness6Rounding, EightyRequestsPerSecondDoNotStayOnFourReplicasAtSetPoint70) {
  EXPECT_EQ(solve(calm_request(80, 4), nullptr).first, 5);
}

TEST(Weakness7Fallbacks, DeepOverloadIsSolvedExactlyToo) {
  PlanRequest request = calm_request(5000, 4);
  request.backlog = 1e6;
  const Plan plan = solve(request, nullptr);
  EXPECT_EQ(plan.quality, PlanQuality::kExact);
  EXPECT_EQ(plan.first, 70);
}

TEST(Weakness8Restless, NothingMovesWhenNothingChanges) {
  const auto wanted = close_the_loop(calm_request(80, 5), 80, 20);
  for (Replicas r : wanted) EXPECT_EQ(r, 5);
}

TEST(Planner, AFlatForecastTailEndsWithinTheIterationBudgetWarmAndCold) {
  // HAZARD of design/model.md: a warm dual solve on a flat, degenerate tail ran for 200 s.
  PlanRequest request = calm_request(200, 12, 90);
  request.grid = testing::uniform_grid(40);
  request.scenarios.clear();
  for (int s = 0; s < 5; ++s) request.scenarios.push_back(constant_scenario(request.grid, 200, 0.2));
  Basis basis;
  for (int i = 0; i < 30; ++i) {
    request.backlog = i % 3 == 0 ? 500 : 0;
    for (auto& scenario : request.scenarios)
      std::fill(scenario.rate.begin(), scenario.rate.begin() + 1 + i % 5, 200.0 + 40 * (i % 7));
    const Plan plan = solve(request, i == 0 ? nullptr : &basis);
    EXPECT_EQ(plan.quality, PlanQuality::kExact);
    EXPECT_TRUE(plan.time_limited.empty());
    EXPECT_LE(plan.iterations, i == 0 ? 5000 : 3 * (200 + 15 * 40)) << "what the warm start is for";
    basis = plan.basis;
  }
}

TEST(Planner, RequestsThatMakeNoSenseHoldWithinTheBounds) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  std::vector<PlanRequest> senseless(6, calm_request(80, 5));
  senseless[0].scenarios.clear();
  senseless[1].grid = {};
  senseless[2].capacity = 0.0;
  senseless[3].scenarios[0].rate[2] = nan;
  senseless[4].backlog = nan;
  senseless[5].scenarios[0].rate.pop_back();
  for (const PlanRequest& request : senseless) {
    const Plan plan = solve(request, nullptr);
    EXPECT_EQ(plan.first, 5);
    EXPECT_EQ(plan.quality, PlanQuality::kHold);
    EXPECT_EQ(plan.status, SolveStatus::kNotRun);
  }
}

TEST(Planner, GrowsAheadOfARiseByTheStartupLag) {
  PlanRequest request = calm_request(50, 3, 60);
  for (std::size_t k = 0; k < request.grid.size(); ++k) {
    if (request.grid.offset[k] >= 60.0) request.scenarios[0].rate[k] = 500.0;
  }
  EXPECT_GE(solve(request, nullptr).first, 20) << "asked now, ready just in time";
  request.startup = 0.0;
  EXPECT_EQ(solve(request, nullptr).first, 3) << "without a lag there is time";
}

TEST(Planner, HedgesAgainstALikelyRiseAndNotAgainstAnUnlikelyOne) {
  const auto first_move = [](double probability) {
    PlanRequest request = calm_request(100, 6, 60);
    request.scenarios = {constant_scenario(request.grid, 100, 1 - probability),
                         constant_scenario(request.grid, 300, probability)};
    return solve(request, nullptr).first;
  };
  EXPECT_GE(first_move(0.3), 12);
  EXPECT_EQ(first_move(0.0005), 6);
}

TEST(Planner, ACooldownForbidsTheShrinkThatWouldComeWithoutIt) {
  PlanRequest request = calm_request(20, 20);
  EXPECT_LT(solve(request, nullptr).first, 20);
  request.no_shrink_for = 100;
  const Plan plan = solve(request, nullptr);
  EXPECT_EQ(plan.first, 20);
  EXPECT_EQ(plan.binding_constraint, "cooldown");
}

TEST(Planner, NamesTheConstraintThatCostsMost) {
  PlanRequest request = calm_request(1000, 10);
  request.max_replicas = {10};
  EXPECT_EQ(solve(request, nullptr).binding_constraint, "maxReplicas");

  request = calm_request(20, 30);
  request.min_replicas = {30};
  EXPECT_EQ(solve(request, nullptr).binding_constraint, "minReplicas");

  request = calm_request(600, 10);
  request.max_step_up = 1;
  EXPECT_EQ(solve(request, nullptr).binding_constraint, "stepLimit");
  request.max_step_up = 0;
  EXPECT_EQ(solve(request, nullptr).binding_constraint, "frozen");

  request = calm_request(600, 10, 90);
  request.max_replicas = {1000};
  EXPECT_EQ(solve(request, nullptr).binding_constraint, "startupLag");

  EXPECT_EQ(solve(calm_request(80, 5), nullptr).binding_constraint, "");
}

TEST(Planner, AStepLimitIsPartOfThePlan) {
  PlanRequest request = calm_request(600, 10, 0);
  request.max_step_up = 3;
  const Plan plan = solve(request, nullptr);
  EXPECT_EQ(plan.first, 13);
  EXPECT_LE(plan.stages[1].replicas, 16 + 1e-6);
}

TEST(Planner, AnEmptyFlapBudgetKeepsTheCountWhateverTheLoad) {
  PlanRequest request = calm_request(600, 10);
  request.moves_left = 0;
  EXPECT_EQ(solve(request, nullptr).first, 10);
  request.min_replicas = {12};
  EXPECT_EQ(solve(request, nullptr).first, 12) << "the minimum stands above it";
}

TEST(Planner, ACalendarMinimumIsPreparedAheadUnderAStepLimit) {
  PlanRequest request = calm_request(20, 2, 0);
  request.grid = testing::uniform_grid(8);
  request.scenarios = {constant_scenario(request.grid, 20)};
  request.min_replicas = {1, 1, 1, 10, 10, 10, 10, 10};
  request.max_step_up = 2;
  const Plan plan = solve(request, nullptr);
  EXPECT_EQ(plan.first, 4);
  EXPECT_GE(plan.stages[3].replicas, 10 - 1e-6);
}

TEST(Planner, AHopelessQueueWhoseClientsGiveUpIsNotChased) {
  PlanRequest request = calm_request(100, 8, 120);
  request.backlog = 20000;
  const Replicas patient = solve(request, nullptr).first;
  request.abandonment = 10.0;
  const Replicas impatient = solve(request, nullptr).first;
  EXPECT_LT(impatient, patient);
  EXPECT_LE(impatient, 8);
}

TEST(Planner, ALastingLoadIsCarriedAtTheEndOfThePlan) {
  PlanRequest request = calm_request(300, 4, 60);
  EXPECT_GE(solve(request, nullptr).stages.back().ready, 300.0 / 25.0);
}

TEST(Planner, SeparateQueuesDrainMoreSlowlyThanASharedOne) {
  PlanRequest request = calm_request(100, 6, 15);
  request.backlog = 6000;
  request.max_replicas = {20};
  const Plan shared = solve(request, nullptr);
  request.pooling = 0.2;
  const Plan separate = solve(request, nullptr);
  EXPECT_LT(shared.stages[1].backlog, 500);
  EXPECT_GT(separate.stages[1].backlog, 2000);
  EXPECT_GT(separate.cost, shared.cost);
}

TEST(Planner, TheSameRequestAndBasisGiveTheSamePlanWhateverWasSolvedBefore) {
  PlanRequest request = calm_request(333, 9, 40);
  request.backlog = 777;
  const Plan cold = solve(request, nullptr);
  const Plan warm = solve(request, &cold.basis);
  solve(calm_request(50, 3), nullptr);
  solve(calm_request(5000, 3, 200), nullptr);
  const Plan again = solve(request, &cold.basis);
  EXPECT_EQ(again.first, warm.first);
  EXPECT_EQ(again.cost, warm.cost);
  EXPECT_EQ(again.iterations, warm.iterations);
  EXPECT_EQ(again.basis.columns, warm.basis.columns);
  EXPECT_EQ(cold.first, warm.first);
}

TEST(Planner, ASolveCutShortInWallTimeIsRecordedAndRepeated) {
  const PlanRequest request = calm_request(333, 9, 40);
  const Plan usual = solve(request, nullptr);
  const int first[] = {0};
  const Plan cut = solve(request, nullptr, first);
  EXPECT_THAT(cut.time_limited, ::testing::ElementsAre(0));
  EXPECT_EQ(cut.first, usual.first) << "the next attempt with presolve finds it too";
  const Plan again = solve(request, nullptr, cut.time_limited);
  EXPECT_EQ(again.cost, cut.cost);
  EXPECT_EQ(again.iterations, cut.iterations);
  EXPECT_EQ(again.basis.columns, cut.basis.columns);
}

/// The simplex attempts from `from` to `to`, each to be cut short.
std::vector<int> attempts(int from, int to) {
  std::vector<int> all(static_cast<std::size_t>(to - from));
  std::iota(all.begin(), all.end(), from);
  return all;
}

TEST(Planner, EachRungOfTheLadderIsTakenWhereTheOneAboveFailsAndKeepsTheBounds) {
  PlanRequest request = calm_request(333, 9, 0);
  request.scenarios = {constant_scenario(request.grid, 333, 0.6), constant_scenario(request.grid, 466, 0.4)};
  request.backlog = 4000;
  request.max_replicas = {50};
  const Plan exact = solve(request, nullptr);
  ASSERT_EQ(exact.quality, PlanQuality::kExact);
  ASSERT_GT(std::abs(exact.raw - std::round(exact.raw)), 1e-3) << "a relaxed move that is not whole";

  const Plan incumbent = solve(request, nullptr, attempts(1, 4));  // one neighbour of the relaxed move is not solved
  EXPECT_EQ(incumbent.quality, PlanQuality::kIncumbent);
  EXPECT_GE(incumbent.cost, exact.cost - 1e-6);

  const Plan rounded = solve(request, nullptr, attempts(1, 50));  // none is
  EXPECT_EQ(rounded.quality, PlanQuality::kRounded);
  EXPECT_EQ(rounded.first, static_cast<Replicas>(std::ceil(rounded.raw - 1e-6)));
  EXPECT_GE(rounded.cost, exact.cost - 1e-6);

  const Plan rule = solve(request, nullptr, attempts(0, 50));  // not even the relaxation
  EXPECT_EQ(rule.quality, PlanQuality::kRule);
  EXPECT_EQ(rule.first, 30) << "ceil((0.6 x 333 + 0.4 x 466 + 4000 / 30) / (0.7 x 25))";

  PlanRequest nonsense = request;
  nonsense.capacity = std::numeric_limits<double>::quiet_NaN();
  const Plan held = solve(nonsense, nullptr);
  EXPECT_EQ(held.quality, PlanQuality::kHold);
  EXPECT_EQ(held.first, 9);

  for (const Plan* plan : {&exact, &incumbent, &rounded, &rule, &held}) {
    EXPECT_LE(plan->first, 50) << to_string(plan->quality);
    EXPECT_GE(plan->first, 9) << to_string(plan->quality);
  }
}

TEST(Planner, AChangeThatIsNotWorthItsCostIsNotMade) {
  PlanRequest request = calm_request(80, 6);  // one more than needed
  EXPECT_EQ(solve(request, nullptr).first, 5);
  request.stop_cost = 1000;
  EXPECT_EQ(solve(request, nullptr).first, 6);
}

}  // namespace
}  // namespace spillway::plan
