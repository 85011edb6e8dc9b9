#include "bench/lab/closed_loop.hpp"

#include "bench/lab/clairvoyant.hpp"
#include "bench/lab/contenders.hpp"
#include "bench/lab/shapes.hpp"
#include "bench/laws/simple_laws.hpp"

namespace spillway::bench {
namespace {

Scenario scenario_of(const std::string& shape, double lag = 30.0, std::uint64_t seed = 1) {
  Scenario s;
  s.name = shape;
  s.trace = *generate({.shape = shape, .base = 40.0, .peak = 300.0, .seed = seed});
  s.plant.startup = lag;
  s.plant.seed = seed;
  s.service = {25.0, 1.0, 0.7, 1, 30, 15.0, lag};
  s.plant.initial = s.needed(s.trace.rate.front());
  return s;
}

Summary play(const Scenario& scenario, const std::string& law) {
  auto made = make_law(law, scenario, policy_for(scenario));
  EXPECT_TRUE(made) << law;
  return run(scenario, **made).summary;
}

const char* const kLaws[] = {"spillway", "hpa",      "hpa-rate", "kpa",        "keda",  "predictive",
                             "rule",     "rule-max", "qp",       "static-max", "broken"};

TEST(ClosedLoop, CostsAreReplicaSecondsPlusThePriceOfLateness) {
  Scenario s = scenario_of("step");
  Static law(s.service, 3);
  s.plant.initial = 3;
  const Summary summary = run(s, law).summary;
  EXPECT_NEAR(summary.replica_seconds, 3.0 * 900.0, 1e-6);
  EXPECT_DOUBLE_EQ(s.penalty(), 20.0 / (25.0 * 0.7));
  EXPECT_DOUBLE_EQ(summary.cost, summary.replica_seconds + s.penalty() * static_cast<double>(summary.totals.late));
  EXPECT_GT(summary.late_share, 0.5);
  EXPECT_EQ(summary.moves, 0);
  EXPECT_NEAR(summary.breach_seconds, 600.0, 60.0) << "from the step on: 300 and 80 requests/s on 75";
}

TEST(ClosedLoop, AStaticMaximumIsNeverLateAndFarTooDear) {
  Scenario s = scenario_of("day");
  s.plant.initial = s.service.max;
  const Summary most = play(s, "static-max"), rule = play(scenario_of("day"), "rule-max");
  EXPECT_LT(most.late_share, 1e-3);
  EXPECT_GT(most.replica_seconds, 2.0 * most.ideal_replica_seconds);
  EXPECT_GT(most.cost, 1.3 * rule.cost);
  EXPECT_GT(most.elasticity.over_timeshare, 95.0);
  EXPECT_EQ(most.elasticity.under_timeshare, 0.0);
}

TEST(ClosedLoop, ABrokenControllerLooksBadOnEveryShape) {
  for (const char* shape : {"step", "seasonality", "day", "ramp"}) {
    const Summary broken = play(scenario_of(shape), "broken"), rule = play(scenario_of(shape), "rule-max");
    EXPECT_GT(broken.cost, 2.0 * rule.cost) << shape;
    EXPECT_GT(broken.late_share, 0.3) << shape;
    EXPECT_GT(broken.elasticity.under_timeshare, 30.0) << shape;
  }
}

TEST(ClosedLoop, IsDeterministicBySeedAndDiffersBetweenSeeds) {
  for (const char* law : {"spillway", "kpa"}) {
    const Summary one = play(scenario_of("noise", 30.0, 3), law), same = play(scenario_of("noise", 30.0, 3), law);
    EXPECT_EQ(one.cost, same.cost) << law;
    EXPECT_EQ(one.moves, same.moves) << law;
    EXPECT_NE(one.cost, play(scenario_of("noise", 30.0, 4), law).cost) << law;
  }
}

TEST(ClosedLoop, CountsMovesReversalsAndElasticityByHand) {
  // A law that goes 2, 4, 2, 2, 3 on a demand that always needs 2.
  class Wobble : public Law {
   public:
    std::string name() const override { return "wobble"; }
    double period() const override { return 15.0; }
    Replicas decide(const Sight&) override { return std::array{4, 2, 2, 3, 3}[std::min<std::size_t>(tick_++, 4)]; }
    std::size_t tick_ = 0;
  } law;
  Scenario s;
  s.trace = {{0.0, 45.0}, {30.0, 30.0}, {}};
  s.plant.startup = 0.0;
  s.plant.initial = 2;
  s.service = {25.0, 1.0, 0.7, 1, 10, 15.0, 0.0};
  const auto result = run(s, law);
  ASSERT_EQ(result.moves.size(), 3U);  // 15 s: 2 -> 4, 30 s: 4 -> 2, 60 s: 2 -> 3
  EXPECT_EQ(result.moves[2].time, 60.0);
  EXPECT_EQ(result.summary.reversals, 2);
  EXPECT_EQ(result.summary.variation, 5.0);
  EXPECT_NEAR(result.summary.replica_seconds, 15 * 2 + 15 * 4 + 30 * 2 + 30 * 3, 0.1);
  EXPECT_EQ(result.summary.ideal_replica_seconds, 180.0);
  EXPECT_NEAR(result.summary.elasticity.over_accuracy, 100.0 * (15 * 1.0 + 30 * 0.5) / 90.0, 2.5);
  EXPECT_NEAR(result.summary.elasticity.over_timeshare, 50.0, 3.0);
  EXPECT_EQ(result.summary.elasticity.under_accuracy, 0.0);
}

TEST(ClosedLoop, AFaultySensorReachesTheLawAndNotThePlant) {
  Scenario s = scenario_of("seasonality");
  const Summary clean = play(s, "rule");
  s.faults = {{FaultKind::kSpike, Metric::kArrivalRate, 300.0, 316.0}};
  const Summary spiked = play(s, "rule");
  EXPECT_EQ(spiked.totals.offered, clean.totals.offered);
  EXPECT_EQ(spiked.max_replicas, s.service.max);
}

// A minute of each fault, at two moments of the wave. What all sensors say alike cannot be told from the truth: a flood, or the end of all load.
TEST(ClosedLoop, SpillwayStandsAMinuteOfEveryFaultOfEveryMetric) {
  const Scenario healthy = scenario_of("seasonality");
  const Summary clean = play(healthy, "spillway");
  for (const FaultKind kind : {FaultKind::kSpike, FaultKind::kNegative, FaultKind::kZero, FaultKind::kNaN, FaultKind::kEmpty, FaultKind::kStale,
                               FaultKind::kStuck, FaultKind::kDelayed})
    for (const Metric metric : {Metric::kArrivalRate, Metric::kThroughput, Metric::kBacklog, Metric::kLatency, Metric::kUtilization, Metric::kAll})
      for (const double start : {600.0, 840.0}) {
        if (metric == Metric::kAll && (kind == FaultKind::kSpike || kind == FaultKind::kZero)) continue;
        Scenario s = healthy;
        s.faults = {{kind, metric, start, start + 60.0}};
        const Summary faulty = play(s, "spillway");
        const auto where = testing::Message() << "fault " << static_cast<int>(kind) << " of metric " << static_cast<int>(metric) << " from " << start;
        EXPECT_LE(faulty.late_share, clean.late_share + 0.03) << where;
        EXPECT_LE(faulty.max_replicas, clean.max_replicas + 3) << where;
        EXPECT_LE(faulty.replica_seconds, 1.15 * clean.replica_seconds) << where;
      }
}

// Nothing contradicts a sensor that is the only one. What it shows is acted on, and forgotten when it is over.
TEST(ClosedLoop, AMinuteAt1e6OfTheOnlySensorIsForgottenWithinTheShrinkCooldown) {
  Scenario s = scenario_of("step");
  for (double& rate : s.trace.rate) rate = 100.0;
  s.plant.initial = s.needed(100.0);
  s.sensors = {.throughput = false, .backlog = false, .latency = false, .utilization = false};
  const Summary clean = play(s, "spillway");
  s.faults = {{FaultKind::kSpike, Metric::kArrivalRate, 300.0, 360.0}};
  const Summary faulty = play(s, "spillway");
  const double most = s.service.max * (60.0 + 2.0 * 15.0 + policy_for(s).scale_down.cooldown.value());
  EXPECT_LE(faulty.replica_seconds, clean.replica_seconds + most);
}

TEST(Clairvoyant, IsNotAboveAnyLawOnAnyShapeAtAnyLag) {
  for (const char* shape : {"spike", "step", "ramp", "bursts", "day"})
    for (const double lag : {0.0, 30.0, 90.0}) {
      const Scenario s = scenario_of(shape, lag);
      const auto bound = clairvoyant_bound(s);
      ASSERT_TRUE(bound) << bound.error().message;
      EXPECT_GT(bound->cost, 0.0);
      EXPECT_NEAR(bound->cost, bound->replica_seconds + s.penalty() * bound->late, 1e-6 * bound->cost);
      for (const char* law : kLaws)
        EXPECT_LE(bound->cost, play(s, law).cost) << law << " on " << shape << ", lag " << lag;
    }
}

TEST(Clairvoyant, HoldsUnderPerPodQueuesDriftAndRandomStartup) {
  Scenario s = scenario_of("seasonality", 40.0);
  s.plant.queueing = Queueing::kRandom;
  s.plant.startup_sigma = 0.5;
  s.plant.startup_floor = 15.0;
  s.plant.capacity_changes = {{300.0, 0.7}, {800.0, 1.1}};
  const auto bound = clairvoyant_bound(s);
  ASSERT_TRUE(bound);
  for (const char* law : kLaws) EXPECT_LE(bound->cost, play(s, law).cost) << law;
}

TEST(Clairvoyant, IsTightOnASteadyLoadAndOnAnAnnouncedStep) {
  // 100 requests/s on pods of 25 for half an hour: four pods' work, nothing to gain from lateness.
  Scenario steady;
  steady.trace = {{0.0, 900.0}, {100.0, 100.0}, {}};
  steady.service = {25.0, 1.0, 0.7, 1, 30, 15.0, 30.0};
  steady.plant.initial = 5;
  const auto bound = clairvoyant_bound(steady);
  ASSERT_TRUE(bound);
  EXPECT_NEAR(bound->cost, 4.0 * 1800.0, 0.04 * 7200.0);
  EXPECT_LT(bound->cost, run(steady, *std::make_unique<Static>(steady.service, 5)).summary.cost);

  // A step at 300 s must be asked for a start-up lag before it: the lag shows in the price.
  const Scenario short_lag = scenario_of("step", 0.0), long_lag = scenario_of("step", 90.0);
  const double extra = clairvoyant_bound(long_lag)->cost - clairvoyant_bound(short_lag)->cost;
  const double pods = (300.0 - 40.0) / 25.0;
  EXPECT_NEAR(extra, 90.0 * pods, 0.15 * 90.0 * pods);
}

TEST(Clairvoyant, RefusesAPlantItCannotBound) {
  Scenario s = scenario_of("spike");
  s.plant.service_variation = 1.0;
  EXPECT_FALSE(clairvoyant_bound(s));
  s = scenario_of("spike");
  s.plant.late_after = 20.0;
  EXPECT_FALSE(clairvoyant_bound(s));
}

TEST(Contenders, AnUnknownNameIsRefusedWithTheKnownOnes) {
  const Scenario s = scenario_of("spike");
  const auto law = make_law("hpaa", s, policy_for(s));
  ASSERT_FALSE(law);
  EXPECT_THAT(law.error().message, testing::HasSubstr("allowed are spillway, hpa"));
  for (const Contender& contender : contenders())
    EXPECT_TRUE(make_law(contender.name, s, policy_for(s))) << contender.name;
}

}  // namespace
}  // namespace spillway::bench
