#include "bench/plant/sensor.hpp"

#include "bench/plant/tick_plant.hpp"

namespace spillway::bench {
namespace {

Observation truth(double value, double now) {
  Observation seen;
  seen.arrival_rate = Reading::of(value, Seconds(now));
  seen.backlog = Reading::of(value / 10.0, Seconds(now));
  return seen;
}

Reading during(FaultKind kind) {
  SensorBank bank({}, {{kind, Metric::kArrivalRate, 20.0, 30.0}});
  bank.read(truth(100.0, 15.0), 15.0);
  const Observation seen = bank.read(truth(200.0, 25.0), 25.0);
  EXPECT_EQ(*seen.backlog.value, 20.0) << "the other metric is left alone";
  EXPECT_EQ(*bank.read(truth(300.0, 35.0), 35.0).arrival_rate.value, 300.0) << "and the fault ends";
  return seen.arrival_rate;
}

TEST(SensorBank, EachFaultShowsAsARealSensorWouldShowIt) {
  EXPECT_EQ(*during(FaultKind::kSpike).value, 1e6);
  EXPECT_TRUE(during(FaultKind::kSpike).usable());
  EXPECT_EQ(during(FaultKind::kNegative).absence, Absence::kNegative);
  EXPECT_EQ(*during(FaultKind::kZero).value, 0.0);
  EXPECT_EQ(during(FaultKind::kNaN).absence, Absence::kNotANumber);
  EXPECT_EQ(during(FaultKind::kEmpty).absence, Absence::kEmpty);
  const Reading stale = during(FaultKind::kStale);
  EXPECT_EQ(stale.absence, Absence::kStale);
  EXPECT_EQ(*stale.value, 100.0);
  EXPECT_EQ(stale.time.value(), 15.0);
  const Reading stuck = during(FaultKind::kStuck);
  EXPECT_TRUE(stuck.usable());
  EXPECT_EQ(*stuck.value, 100.0);
  EXPECT_EQ(stuck.time.value(), 25.0);
  const Reading delayed = during(FaultKind::kDelayed);
  EXPECT_EQ(*delayed.value, 100.0);
  EXPECT_EQ(delayed.time.value(), 15.0);
}

TEST(SensorBank, AQueryThatThePolicyLacksIsNotAskedEvenUnderAFault) {
  SensorBank bank({.throughput = true, .backlog = false}, {{FaultKind::kSpike, Metric::kAll, 0.0, 100.0}});
  const Observation seen = bank.read(truth(100.0, 5.0), 5.0);
  EXPECT_EQ(seen.backlog.absence, Absence::kNotAsked);
  EXPECT_EQ(*seen.arrival_rate.value, 1e6);
}

TEST(TickPlant, APodServesAfterItsLagAndNotBefore) {
  TickPlant plant(2.0, 3, 1);
  plant.scale(5);
  EXPECT_EQ(plant.advance(100.0), 2.0);
  EXPECT_EQ(plant.advance(0.0), 2.0);
  EXPECT_EQ(plant.advance(0.0), 2.0);
  EXPECT_EQ(plant.advance(0.0), 10.0);
  EXPECT_EQ(plant.backlog(), 84.0);
}

TEST(TickPlant, WithoutLagGrowthServesInTheSameTickAndAShrinkTakesTheYoungestPendingFirst) {
  TickPlant prompt(2.0, 0, 1);
  prompt.scale(4);
  EXPECT_EQ(prompt.advance(100.0), 8.0);
  TickPlant plant(2.0, 2, 3);
  plant.scale(5);
  plant.advance(0.0);
  plant.scale(9);
  plant.scale(4);
  EXPECT_EQ(plant.ready(), 3);
  EXPECT_EQ(plant.pending().front(), 1) << "one of the older two is left";
  plant.scale(2);
  EXPECT_EQ(plant.ready(), 2);
  EXPECT_EQ(plant.replicas(), 2);
}

}  // namespace
}  // namespace spillway::bench
