// Weaknesses of the reference laboratory and traps of the reference controller that show only in a closed loop; docs/mapping-mpc-lab.md has all
// of them with their tests.
#include "bench/lab/contenders.hpp"
#include "bench/lab/shapes.hpp"
#include "bench/lab/spillway_law.hpp"
#include "model/loop/memory.hpp"

namespace spillway::bench {
namespace {

Scenario scenario_of(const std::string& shape, double lag = 30.0) {
  Scenario s;
  s.trace = *generate({.shape = shape, .base = 40.0, .peak = 300.0});
  s.plant.startup = lag;
  s.service = {25.0, 1.0, 0.7, 1, 30, 15.0, lag};
  s.plant.initial = s.needed(s.trace.rate.front());
  return s;
}

Run play(const Scenario& scenario, const Policy& policy) {
  SpillwayLaw law(policy, {}, Seconds(scenario.trace.begin()));
  return run(scenario, law);
}

Observation calm(double rate, double backlog, Replicas replicas, Seconds now) {
  Observation seen;
  seen.arrival_rate = Reading::of(rate, now);
  seen.throughput = Reading::of(rate, now);
  seen.backlog = Reading::of(backlog, now);
  seen.replicas = seen.ready = replicas;
  return seen;
}

Policy simple_policy() {
  Policy policy;
  policy.max_replicas = 40;
  policy.capacity = 25.0;
  policy.concurrency = 1.0;
  policy.startup = Seconds(30.0);
  return policy;
}

TEST(Weakness3FlatForecast, AFasterRiseThanTheLagIsForeseenFromTheSeasonSeenBefore) {
  Scenario s = scenario_of("seasonality", 60.0);
  const Trace once = s.trace;
  const double length = once.end() - once.begin();
  std::vector<HistoryPoint> history;  // four of the same waves before the start
  for (int wave = 4; wave > 0; --wave) {
    for (double t = 0.0; t < length; t += 15.0) {
      const auto bin = std::upper_bound(once.time.begin(), once.time.end(), once.begin() + t) - once.time.begin() - 1;
      history.push_back({Seconds(once.begin() - wave * length + t), once.rate[static_cast<std::size_t>(bin)]});
    }
  }
  SpillwayLaw seasoned(policy_for(s), history, Seconds(once.begin()));
  const double cost = run(s, seasoned).summary.cost;
  EXPECT_FALSE(seasoned.last_trace().forecast.flat);
  EXPECT_GT(seasoned.last_trace().forecast.skill, 0.3) << "of the error of a flat forecast, a lag ahead";
  EXPECT_LT(cost, play(s, policy_for(s)).summary.cost);
}

TEST(Weakness4ConstantCapacity, AServiceThatBecomesSlowerGetsTheReplicasItThenNeeds) {
  Scenario s = scenario_of("step");
  s.plant.capacity_changes = {{s.trace.begin() + 300.0, 0.7}};
  Policy policy = policy_for(s);
  policy.capacity.reset();  // learned
  SpillwayLaw law(policy, {}, Seconds(s.trace.begin()));
  run(s, law);
  EXPECT_LT(law.last_trace().estimate.capacity.value, 0.85 * 25.0);
}

TEST(Weakness5EmptyMetric, ThreeMinutesOfEmptyAnswersTakeNoReplicaAway) {
  loop::Memory memory = loop::Memory::fresh(simple_policy(), {}, Seconds(0.0));
  Replicas replicas = 10;
  for (int i = 0; i < 32; ++i) {
    const Seconds now(15.0 * i);
    Observation seen = calm(190.0, 0.0, replicas, now);
    if (i >= 20) seen.arrival_rate = seen.throughput = seen.backlog = Reading::missing(Absence::kEmpty);
    auto result = loop::step(seen, std::move(memory), simple_policy(), now);
    memory = std::move(result.memory);
    if (i >= 20) {
      EXPECT_GE(result.decision.replicas, replicas) << "after " << 15 * (i - 20) << " s without an answer";
    }
    replicas = result.decision.replicas;
  }
}

TEST(TrapCompoundingFactors, TheSameSightAsksForTheSameCountHoweverOftenItIsSeen) {
  loop::Memory memory = loop::Memory::fresh(simple_policy(), {}, Seconds(0.0));
  Replicas replicas = 8, most = 0;
  for (int i = 0; i < 60; ++i) {
    const Seconds now(15.0 * i);
    auto result = loop::step(calm(300.0, 0.0, replicas, now), std::move(memory), simple_policy(), now);
    memory = std::move(result.memory);
    replicas = result.decision.replicas;
    most = std::max(most, replicas);
  }
  EXPECT_LE(most, 24) << "300 rps at 25 rps each are 12; twice that while its errors are not yet known";
  EXPECT_LE(replicas, 16) << "and after a quarter of an hour of the same what the set point needs";
  EXPECT_GE(replicas, 12);
}

TEST(TrapModelOverMeasurement, AMeasuredBacklogIsNotReplacedByWhatTheModelExpects) {
  loop::Memory memory = loop::Memory::fresh(simple_policy(), {}, Seconds(0.0));
  double believed = 0.0;
  for (int i = 0; i < 10; ++i) {  // the model would say that ten idle replicas have drained it long since
    const Seconds now(15.0 * i);
    auto result = loop::step(calm(50.0, 400.0, 10, now), std::move(memory), simple_policy(), now);
    memory = std::move(result.memory);
    believed = result.trace.estimate.backlog.value;
  }
  EXPECT_NEAR(believed, 400.0, 80.0);
}

TEST(TrapFrozenModeLeaks, APausedPolicyLearnsTheSameAndChangesNothing) {
  Policy active = simple_policy(), paused = simple_policy();
  paused.mode = Mode::kPaused;
  loop::Memory a = loop::Memory::fresh(active, {}, Seconds(0.0)), p = loop::Memory::fresh(paused, {}, Seconds(0.0));
  for (int i = 0; i < 40; ++i) {
    const Seconds now(15.0 * i);
    const Observation seen = calm(100.0 + 10.0 * i, 0.0, 6, now);
    auto one = loop::step(seen, std::move(a), active, now), other = loop::step(seen, std::move(p), paused, now);
    a = std::move(one.memory), p = std::move(other.memory);
    EXPECT_EQ(other.decision.replicas, 6);
    EXPECT_EQ(one.trace.estimate.arrival_rate.value, other.trace.estimate.arrival_rate.value);
    EXPECT_EQ(one.trace.forecast.scenarios[3].rate, other.trace.forecast.scenarios[3].rate);
  }
}

TEST(TrapPresetsWithoutEffect, TheThreeProfilesTakeDifferentPathsAndPayDifferently) {
  const Scenario s = scenario_of("noise");
  Policy normal = policy_for(s), safe = normal, performance = normal;
  safe.late_penalty_factor = 2.0, safe.quantile_widening = 1.3, safe.target_utilization = 0.75;  // crds/v1alpha1/resolve.cpp
  normal.target_utilization = 0.80;
  performance.late_penalty_factor = 4.0, performance.target_utilization = 0.65, performance.scale_down.cooldown = Seconds(60.0);
  safe.scale_down.cooldown = Seconds(300.0);
  const bench::Run runs[] = {play(s, normal), play(s, safe), play(s, performance)};
  const auto path = [](const bench::Run& run) {
    std::vector<Replicas> replicas;
    for (const Tick& tick : run.ticks) replicas.push_back(tick.replicas);
    return replicas;
  };
  EXPECT_NE(path(runs[0]), path(runs[1]));
  EXPECT_NE(path(runs[0]), path(runs[2]));
  EXPECT_NE(path(runs[1]), path(runs[2]));
  EXPECT_LT(runs[0].summary.replica_seconds, runs[1].summary.replica_seconds);
  EXPECT_LT(runs[0].summary.replica_seconds, runs[2].summary.replica_seconds);
  EXPECT_GE(runs[0].summary.late_share, runs[1].summary.late_share);
  EXPECT_GE(runs[0].summary.late_share, runs[2].summary.late_share);
}

TEST(TrapAlarmAlwaysOn, TheOddsOfABreachAreLowInACalmServiceAndHighInAnOverloadedOne) {
  const auto odds = [](double rate, double backlog, Replicas replicas) {
    loop::Memory memory = loop::Memory::fresh(simple_policy(), {}, Seconds(0.0));
    double last = 0.0;
    for (int i = 0; i < 80; ++i) {
      const Seconds now(15.0 * i);
      auto result = loop::step(calm(rate, backlog, replicas, now), std::move(memory), simple_policy(), now);
      memory = std::move(result.memory);
      last = result.trace.outlook.breach_probability;
    }
    return last;
  };
  EXPECT_LT(odds(100.0, 0.0, 8), 0.05);
  EXPECT_GT(odds(300.0, 900.0, 8), 0.9);
}

}  // namespace
}  // namespace spillway::bench
