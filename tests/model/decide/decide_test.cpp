#include <gtest/gtest.h>

#include "model/decide/decide.hpp"

namespace spillway::decide {
namespace {

/// A settled service: 10 replicas, all ready, good data, warm. Each test changes one thing.
struct World {
  Observation observation;
  Policy policy;
  estimate::StateEstimate estimate;
  plan::Plan plan;
  MoveHistory moves;
  bool cold = false;
  bool rising = false;
  bool blind_at_zero = false;
  Replicas wanted_lately = 0;
  DemandAhead ahead{.highest = 200.0};  // the 10 replicas are at their set point
  Seconds now{10000.0};

  World() {
    observation.replicas = observation.ready = 10;
    policy.min_replicas = 2;
    policy.max_replicas = 40;
    policy.scale_down.cooldown = Seconds(0);
    estimate.capacity = {25.0, 1.0};
    estimate.demand_known = estimate.warm = true;
  }

  Decision decide_on(double raw, bool fallback = false) {
    plan.raw = raw;
    plan.first = static_cast<Replicas>(raw);
    const GuardContext context{observation, policy, estimate, plan, moves, bounds_at(observation.calendar, policy, now),
                               cold, rising, ahead, wanted_lately, blind_at_zero, false, now};
    return decide(context, {plan.first, raw, "Planned", "because", fallback});
  }
};

std::string last_guard(const Decision& decision) { return decision.trail.empty() ? "" : decision.trail.back().guard; }

TEST(Decide, FollowsThePlanWhenNoGuardObjects) {
  World world;
  const Decision decision = world.decide_on(14);
  EXPECT_EQ(decision.replicas, 14);
  EXPECT_EQ(decision.reason, "Planned");
  EXPECT_TRUE(decision.trail.empty());
  EXPECT_EQ(decision.message, "10 -> 14: because");
}

TEST(Decide, ASmallShrinkWaitsUntilMoreIsNoLongerWantedNowAndThen) {
  World world;
  world.wanted_lately = 10;
  EXPECT_EQ(world.decide_on(8).replicas, 10);
  EXPECT_EQ(last_guard(world.decide_on(8)), "Tolerance");
  world.wanted_lately = 9;
  EXPECT_EQ(world.decide_on(8).replicas, 9) << "as far as nothing spoke against it";
  world.wanted_lately = 8;
  EXPECT_EQ(world.decide_on(8).replicas, 8);
}

TEST(Decide, ALargeShrinkIsMadeAtOnce) {
  World world;
  world.wanted_lately = 10;
  EXPECT_EQ(world.decide_on(6).replicas, 6);
}

TEST(Decide, HoldsWhileNotLeaderNotSyncedPausedOrConflicted) {
  World synced, leader, paused, rival;
  synced.observation.gates.synced = false;
  leader.observation.gates.leader = false;
  paused.policy.mode = Mode::kPaused;
  rival.observation.gates.rival = "HorizontalPodAutoscaler web";
  EXPECT_EQ(last_guard(synced.decide_on(20)), "NotSynced");
  EXPECT_EQ(last_guard(leader.decide_on(20)), "NotLeader");
  EXPECT_EQ(last_guard(paused.decide_on(20)), "Paused");
  EXPECT_EQ(last_guard(rival.decide_on(20)), "Conflicted");
  EXPECT_EQ(rival.decide_on(20).replicas, 10);
}

TEST(Decide, EvenTheBoundsDoNotMoveWhatIsNotOursToMove) {
  World world;
  world.policy.min_replicas = 12;
  world.observation.gates.rival = "someone";
  EXPECT_EQ(world.decide_on(20).replicas, 10);
}

TEST(Decide, DegradedDataMayRaiseButNeverLower) {
  World world;
  world.estimate.degraded = true;
  EXPECT_EQ(world.decide_on(14).replicas, 14);
  EXPECT_EQ(world.decide_on(5).replicas, 10);
  EXPECT_EQ(world.decide_on(5).reason, "StaleData");
  EXPECT_EQ(world.decide_on(5, true).replicas, 5) << "the declared fallback may";
}

TEST(Decide, AColdStartDoesNotShrink) {
  World world;
  world.cold = true;
  EXPECT_EQ(world.decide_on(5).replicas, 10);
  EXPECT_EQ(world.decide_on(15).replicas, 15);
}

TEST(Decide, DoesNotShrinkIntoARiseOrWithAQueueStanding) {
  World rise, queue;
  rise.rising = true;
  queue.estimate.backlog = {200.0, 1.0};
  EXPECT_EQ(rise.decide_on(5).replicas, 10);
  EXPECT_EQ(queue.decide_on(5).replicas, 10);
  EXPECT_EQ(last_guard(queue.decide_on(5)), "RisingLoad");
}

TEST(Decide, IdleReplicasDoNotGrowForWhatIsOnlyPossible) {
  World idle, queue, forecast;
  idle.ahead.highest = queue.ahead.highest = 20.0;
  EXPECT_EQ(idle.decide_on(15).replicas, 10);
  EXPECT_EQ(last_guard(idle.decide_on(15)), "Idle");
  EXPECT_EQ(idle.decide_on(5).replicas, 5);
  queue.estimate.backlog = {30.0, 1.0};
  EXPECT_EQ(queue.decide_on(15).replicas, 15) << "waiting work is evidence";
  EXPECT_EQ(forecast.decide_on(15).replicas, 15) << "a likely rise is evidence";
}

TEST(Decide, ARollingUpdateAtSteadyLoadMovesNothingButLoadStillDoes) {
  World steady, loaded, queued;
  steady.observation.rollout_in_progress = loaded.observation.rollout_in_progress = queued.observation.rollout_in_progress = true;
  loaded.ahead.highest = 230.0;
  queued.estimate.backlog.value = 100.0;
  EXPECT_EQ(steady.decide_on(11).replicas, 10);
  EXPECT_EQ(steady.decide_on(5).replicas, 10);
  EXPECT_EQ(last_guard(steady.decide_on(11)), "RolloutInProgress");
  EXPECT_EQ(loaded.decide_on(12).replicas, 12);
  EXPECT_EQ(queued.decide_on(12).replicas, 12);
}

TEST(Decide, AShrinkSmallerThanTheBandIsNotWorthAMove) {
  World world;
  EXPECT_EQ(world.decide_on(9.2).replicas, 10);
  EXPECT_EQ(world.decide_on(8.9).replicas, 8);
}

TEST(Decide, ReplicasThatThePlanWantsBackWithinTheLagDoNotGo) {
  World dip, valley;
  dip.ahead.lead = valley.ahead.lead = 60.0;
  dip.plan.stages = {{.offset = 0.0, .replicas = 3.0}, {.offset = 15.0, .replicas = 8.0}, {.offset = 75.0, .replicas = 12.0}};
  EXPECT_EQ(dip.decide_on(3).replicas, 8) << "10 -> 3 -> 8: most of them would go and come back";
  EXPECT_EQ(last_guard(dip.decide_on(3)), "Tolerance");
  valley.plan.stages = {{.offset = 0.0, .replicas = 3.0}, {.offset = 15.0, .replicas = 5.0}, {.offset = 75.0, .replicas = 12.0}};
  EXPECT_EQ(valley.decide_on(3).replicas, 3) << "what comes after the lag can still be met";
}

TEST(DemandUntil, CountsWhatComesBeforeAReplicaOfTheNextDecisionIsReady) {
  forecast::DisturbanceForecast forecast;
  StageGrid grid{.offset = {0.0, 15.0, 30.0, 45.0, 60.0}, .duration = {15.0, 15.0, 15.0, 15.0, 15.0}};
  for (const double rate : {100.0, 100.0, 100.0, 400.0, 900.0}) {
    forecast.quantiles.emplace_back();
    forecast.quantiles.back().fill(rate);
  }
  EXPECT_EQ(demand_until(forecast, grid, 26.0).highest, 100.0);
  EXPECT_EQ(demand_until(forecast, grid, 31.0).highest, 400.0) << "ready at 31 s if asked for now, and at 46 s if asked for at the next decision";
}

TEST(Decide, CooldownsCountPerDirectionFromTheLastMove) {
  World world;
  world.policy.scale_down.cooldown = Seconds(120);
  world.policy.scale_up.cooldown = Seconds(30);
  world.moves.record(Seconds(9960), 8, 10);
  EXPECT_EQ(world.decide_on(5).replicas, 10);
  EXPECT_EQ(world.decide_on(15).replicas, 15);
  world.now = Seconds(10081);
  EXPECT_EQ(world.decide_on(5).replicas, 5);
}

TEST(Decide, StepLimitsCutTheMoveShort) {
  World world;
  world.policy.scale_up.max_replicas_per_period = 3;
  world.policy.scale_down.max_replicas_per_period = 2;
  EXPECT_EQ(world.decide_on(20).replicas, 13);
  EXPECT_EQ(world.decide_on(4).replicas, 8);
}

TEST(Decide, TheFlapBudgetOfAnHourIsNotExceeded) {
  World world;
  world.policy.max_moves_per_hour = 2;
  world.moves.record(Seconds(9000), 8, 9);
  world.moves.record(Seconds(9500), 9, 10);
  EXPECT_EQ(last_guard(world.decide_on(15)), "FlapBudget");
  world.now = Seconds(12601);
  EXPECT_EQ(world.decide_on(15).replicas, 15);
}

TEST(Decide, AFrozenDirectionStaysFrozenAndTheOtherMoves) {
  World world;
  world.policy.scale_down.frozen = true;
  EXPECT_EQ(world.decide_on(5).replicas, 10);
  EXPECT_EQ(world.decide_on(15).replicas, 15);
}

TEST(Decide, BlockedGrowthDoesNotWindUp) {
  World world;
  world.observation.growth_blocked = true;
  EXPECT_EQ(world.decide_on(15).replicas, 10);
}

TEST(Decide, AScheduledFloorOf45Gives45) {
  World world;
  world.policy.max_replicas = 60;
  world.observation.calendar = {{"morning", Seconds(9000), Seconds(11000), 45, std::nullopt}};
  EXPECT_EQ(world.decide_on(10).replicas, 45);
  EXPECT_EQ(world.decide_on(10).reason, "Schedule");
  world.now = Seconds(11000);
  EXPECT_EQ(world.decide_on(10).replicas, 10);
}

/// What is said about a plan that keeps to the calendar by itself.
Proposal propose(World& world, Replicas first) {
  world.plan.first = first;
  world.plan.raw = first;
  return propose_from_plan({world.observation, world.policy, world.estimate, world.plan, world.moves,
                            bounds_at(world.observation.calendar, world.policy, world.now), false, false, world.ahead, 0, false, false, world.now});
}

TEST(Decide, ANumberThatTheCalendarAsksForSaysSo) {
  World world;
  world.observation.calendar = {{"morning", Seconds(9000), Seconds(11000), 30, std::nullopt}};
  const Proposal floor = propose(world, 30);
  EXPECT_EQ(floor.reason, "Schedule");
  EXPECT_TRUE(floor.message.ends_with("; schedule morning asks for at least 30")) << floor.message;
  world.ahead.highest = 1000.0;
  EXPECT_NE(propose(world, 30).reason, "Schedule") << "demand asks for that many by itself";
  world.observation.calendar = {{"night", Seconds(9000), Seconds(11000), std::nullopt, 12}};
  EXPECT_TRUE(propose(world, 12).message.ends_with("; schedule night allows at most 12"));
}

TEST(Decide, AnOverloadedServiceAtItsMaximumIsNotSteady) {
  World world;
  world.policy.max_replicas = 10;
  EXPECT_EQ(propose(world, 10).reason, "SteadyState");
  world.ahead.highest = 400.0;
  EXPECT_EQ(propose(world, 10).reason, "AtMaximum");
  world.ahead.highest = 200.0;
  world.estimate.backlog = {500.0, 1.0};
  EXPECT_EQ(propose(world, 10).reason, "AtMaximum");
}

TEST(Decide, AScheduledFloorHoldsOnStaleData) {
  World world;
  world.policy.max_replicas = 60;
  world.observation.calendar = {{"morning", Seconds(9000), Seconds(11000), 45, std::nullopt}};
  world.estimate.demand_known = false;
  EXPECT_EQ(world.decide_on(10).replicas, 45);
  world.observation.replicas = world.observation.ready = 45;
  EXPECT_EQ(world.decide_on(10).replicas, 45);
}

/// One replica left, and the policy allows none.
World last_one() {
  World world;
  world.policy.min_replicas = 0;
  world.observation.replicas = world.observation.ready = 1;
  world.ahead.highest = 0.0;
  world.observation.arrival_rate = world.observation.backlog = Reading::of(0.0, world.now);
  return world;
}

TEST(Decide, TheLastReplicaGoesWhenNothingArrivesAndNothingWaits) {
  EXPECT_EQ(last_one().decide_on(0).replicas, 0);
}

TEST(Decide, TheLastReplicaStaysForASingleRequest) {
  World arriving = last_one(), waiting = last_one();
  arriving.observation.arrival_rate = Reading::of(0.02, arriving.now);
  waiting.observation.backlog = Reading::of(1.0, waiting.now);
  EXPECT_EQ(last_guard(arriving.decide_on(0)), "LastReplica");
  EXPECT_EQ(last_guard(waiting.decide_on(0)), "LastReplica");
  EXPECT_EQ(waiting.decide_on(0).replicas, 1);
}

TEST(Decide, FromZeroTheFirstRequestBringsAReplicaWhateverThePlanFindsCheaper) {
  World world = last_one();
  world.observation.replicas = world.observation.ready = 0;
  world.observation.backlog = Reading::of(1.0, world.now);
  EXPECT_EQ(world.decide_on(0).replicas, 1);
}

TEST(Decide, FromZeroWhatIsOnlyPossibleBringsNoReplica) {
  World world = last_one();
  world.observation.replicas = world.observation.ready = 0;
  EXPECT_EQ(last_guard(world.decide_on(2)), "Idle");
  world.ahead.highest = 5.0;  // a rise that is likely does
  EXPECT_EQ(world.decide_on(2).replicas, 2);
}

TEST(Decide, OneReplicaIsKeptWhereDemandIsInvisibleAtZero) {
  World world = last_one();
  world.blind_at_zero = true;
  EXPECT_EQ(last_guard(world.decide_on(0)), "BlindAtZero");
  EXPECT_EQ(world.decide_on(0).replicas, 1);
}

TEST(Decide, AScheduledCeilingOfZeroSwitchesTheWorkloadOff) {
  World world = last_one();
  world.observation.replicas = world.observation.ready = 4;
  world.observation.arrival_rate = Reading::of(80.0, world.now);
  world.observation.calendar = {{"night", world.now - Seconds(10), world.now + Seconds(10), std::nullopt, 0}};
  EXPECT_EQ(world.decide_on(4).replicas, 0);
}

TEST(Decide, MinAndMaxAlwaysHaveTheLastWord) {
  World world;
  EXPECT_EQ(world.decide_on(100).replicas, 40);
  EXPECT_EQ(world.decide_on(0).replicas, 2);
  world.cold = true;
  world.observation.replicas = 50;
  EXPECT_EQ(world.decide_on(50).replicas, 40) << "a hold above maxReplicas is still clamped";
}

TEST(MoveHistory, ForgetsMovesOlderThanAnHourAndCountsTheRest) {
  MoveHistory history;
  EXPECT_FALSE(history.since_last(Seconds(0)));
  history.record(Seconds(0), 1, 2);
  history.record(Seconds(5000), 2, 3);
  EXPECT_EQ(history.moves().size(), 1u);
  EXPECT_EQ(history.moves_within(Seconds(3600), Seconds(5100)), 1);
  EXPECT_EQ(cooldown_left(history, Seconds(120), Seconds(5100)).value(), 20.0);
}

TEST(Bounds, AFloorWinsOverACeilingButNeverExceedsMaxReplicas) {
  Policy policy;
  policy.min_replicas = 1;
  policy.max_replicas = 20;
  const std::vector<CalendarWindow> calendar = {{"a", Seconds(0), Seconds(10), 30, std::nullopt},
                                                {"b", Seconds(0), Seconds(10), std::nullopt, 5}};
  const Bounds bounds = bounds_at(calendar, policy, Seconds(5));
  EXPECT_EQ(bounds.min, 20);
  EXPECT_EQ(bounds.max, 20);
}

}  // namespace
}  // namespace spillway::decide
