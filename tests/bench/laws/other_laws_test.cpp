#include "bench/laws/kpa.hpp"
#include "bench/laws/predictive_hpa.hpp"
#include "bench/laws/reference_qp.hpp"
#include "bench/laws/simple_laws.hpp"

namespace spillway::bench {
namespace {

// A KPA whose pods change at once; target concurrency 1 per pod.
struct KpaWorld {
  Kpa kpa{Service{.capacity = 1.0, .concurrency = 1.0, .min = 1, .max = 1000}, 1.0};
  double now = 0.0;
  Replicas pods = 1;
  Replicas tick(double concurrency) {
    now += 2.0;
    Sight sight;
    sight.now = now;
    sight.seen.replicas = sight.seen.ready = pods;
    sight.concurrency = concurrency;
    return pods = kpa.decide(sight);
  }
};

TEST(Kpa, FollowsTheMeanOfTheStableWindow) {
  KpaWorld world;
  world.pods = 10;
  for (int i = 0; i < 60; ++i) world.tick(10.0);
  EXPECT_FALSE(world.kpa.panicking());
  for (int i = 0; i < 15; ++i) world.tick(15.0);  // half of the window
  EXPECT_EQ(world.pods, 13) << "12.5, rounded up";
  for (int i = 0; i < 15; ++i) world.tick(15.0);
  EXPECT_EQ(world.pods, 15);
}

TEST(Kpa, PanicsAtTwoHundredPercentOfTheReadyPodsAndDoublesThem) {
  KpaWorld world;
  world.pods = 5;
  for (int i = 0; i < 60; ++i) world.tick(5.0);
  ASSERT_FALSE(world.kpa.panicking());
  world.tick(19.0);  // panic window: (5 + 5 + 19) / 3 = 9.7 asks for 10 = 2 x 5
  EXPECT_TRUE(world.kpa.panicking());
  EXPECT_EQ(world.pods, 10);
}

TEST(Kpa, DoesNotShrinkDuringPanicNorForAStableWindowAfterIt) {
  KpaWorld world;
  world.pods = 5;
  for (int i = 0; i < 60; ++i) world.tick(5.0);
  for (int i = 0; i < 3; ++i) world.tick(20.0);
  ASSERT_EQ(world.pods, 20);
  for (int i = 0; i < 28; ++i) {  // the threshold was last crossed two ticks ago
    EXPECT_EQ(world.tick(2.0), 20);
    EXPECT_TRUE(world.kpa.panicking());
  }
  for (int i = 0; i < 10; ++i) world.tick(2.0);
  EXPECT_FALSE(world.kpa.panicking());
  EXPECT_LT(world.pods, 20);
}

TEST(Kpa, ShrinksAtMostByHalfPerDecisionAndStartsInPanic) {
  KpaWorld world;
  world.pods = 16;
  world.tick(0.0);
  EXPECT_TRUE(world.kpa.panicking()) << "a restarted autoscaler does not shrink on an empty history";
  EXPECT_EQ(world.pods, 16);
  while (world.kpa.panicking()) world.tick(0.0);
  EXPECT_EQ(world.pods, 8);
  EXPECT_EQ(world.tick(0.0), 4);
}

TEST(OneLineRule, AddsTheBacklogSpreadOverOnePeriodAndHoldsItsMaximum) {
  const Service service{.capacity = 25.0, .target = 0.8, .min = 1, .max = 100, .period = 15.0};
  Sight sight;
  sight.seen.arrival_rate = Reading::of(100.0, Seconds(0));
  EXPECT_EQ(OneLineRule(service, 0.0).decide(sight), 5);
  sight.seen.backlog = Reading::of(300.0, Seconds(0));
  EXPECT_EQ(OneLineRule(service, 0.0).decide(sight), 6);
  OneLineRule holding(service, 300.0);
  EXPECT_EQ(holding.decide(sight), 6);
  sight.seen.arrival_rate = sight.seen.backlog = Reading::of(0.0, Seconds(0));
  sight.now = 299.0;
  EXPECT_EQ(holding.decide(sight), 6);
  sight.now = 300.0;
  EXPECT_EQ(holding.decide(sight), 1);
}

TEST(HoltWinters, ContinuesALineAndRepeatsASeason) {
  HoltWinters line(0.5, 0.3, 0.0, 0);
  for (int i = 0; i < 50; ++i) line.add(3.0 + 2.0 * i);
  EXPECT_NEAR(line.ahead(5), 3.0 + 2.0 * 54, 1e-6);
  HoltWinters wave(0.2, 0.05, 0.3, 8);
  for (int i = 0; i < 200; ++i) wave.add(10.0 + 5.0 * std::sin(0.785398163 * i));
  for (std::size_t h = 1; h <= 8; ++h)
    EXPECT_NEAR(wave.ahead(h), 10.0 + 5.0 * std::sin(0.785398163 * (199.0 + h)), 0.05);
}

TEST(PredictiveHpa, AsksForMoreThanTheHpaOnARamp) {
  const Service service{.min = 1, .max = 500};
  PredictiveHpa predictive(service, 0.7, 40);
  Hpa plain(service, HpaMetric::kUtilization, 0.7);
  Replicas ahead = 10, behind = 10;
  for (int i = 0; i < 20; ++i) {
    Sight sight;
    sight.now = 15.0 * i;
    const auto see = [&](Replicas n) {
      sight.seen.replicas = sight.seen.ready = n;
      sight.seen.utilization = Reading::of(std::min(1.0, (7.0 + 1.5 * i) / n), Seconds(sight.now));
    };
    see(ahead);
    ahead = predictive.decide(sight);
    see(behind);
    behind = plain.decide(sight);
  }
  EXPECT_GT(ahead, behind + 3);
}

// The reference program's objective, for comparing its solution with others.
double objective(const ReferenceWeights& w, const Service& s, const Eigen::VectorXd& x, double rate, double b0,
                 double r) {
  const double sb = s.capacity * w.rho * w.replicas * s.period;
  double b = b0, sum = 0.0, last = r;
  for (int k = 0; k < w.horizon; ++k) {
    b = std::max(0.0, b + s.period * (rate - s.capacity * w.rho * x(k)));
    sum += w.alpha * b * b / (sb * sb) + w.beta * (x(k) - last) * (x(k) - last) / (w.max_step * w.max_step) +
           w.gamma * x(k) / w.replicas;
    last = x(k);
  }
  return sum;
}

TEST(ReferenceQp, NoFeasibleNeighbourIsBetterThanItsSolution) {
  const Service service{.min = 2, .max = 12};
  const ReferenceWeights weights;
  for (const auto& [rate, backlog, current] :
       {std::tuple(120.0, 0.0, 4.0), std::tuple(40.0, 2000.0, 5.0), std::tuple(20.0, 0.0, 12.0)}) {
    ReferenceQp qp(service, weights);
    const Eigen::VectorXd x = qp.solve(rate, backlog, current);
    const double best = objective(weights, service, x, rate, backlog, current);
    double last = current;
    for (int k = 0; k < weights.horizon; ++k) {
      EXPECT_LE(std::abs(x(k) - last), weights.max_step + 1e-3);
      EXPECT_GE(x(k), service.min - 1e-3);
      EXPECT_LE(x(k), service.max + 1e-3);
      last = x(k);
    }
    for (int i = 0; i < weights.horizon; ++i)
      for (int j = i; j < weights.horizon; ++j)
        for (const double d : {0.05, -0.05}) {
          Eigen::VectorXd y = x;
          bool feasible = true;
          last = current;
          for (int k = 0; k < weights.horizon; ++k) {
            if (k >= i && k <= j) y(k) += d;
            feasible &= std::abs(y(k) - last) <= weights.max_step && y(k) >= service.min && y(k) <= service.max;
            last = y(k);
          }
          if (feasible) {
            EXPECT_GE(objective(weights, service, y, rate, backlog, current), best - 1e-4);
          }
        }
  }
}

TEST(ReferenceQp, HasTheDeadZoneAndReadsAnEmptyMetricAsZeroLikeTheOriginal) {
  const Service service{.target = 0.7, .min = 2, .max = 40};
  ReferenceQp qp(service, ReferenceWeights{});
  Sight sight;
  sight.seen.replicas = sight.seen.ready = 20;
  sight.seen.arrival_rate = Reading::of(20.0, Seconds(0));
  for (int i = 0; i < 50; ++i) EXPECT_EQ(qp.decide(sight), 20);
  ReferenceWeights eager;
  eager.gamma = 0.5;  // gamma x H / beta > 3: outside the dead zone it walks down
  ReferenceQp walking(service, eager);
  sight.seen.arrival_rate = Reading::missing(Absence::kEmpty);
  EXPECT_LT(walking.decide(sight), 20);
}

TEST(Broken, ShrinksWhenLoadGrows) {
  Broken broken(Service{});
  Sight sight;
  sight.seen.arrival_rate = Reading::of(500.0, Seconds(0));
  EXPECT_EQ(broken.decide(sight), 1);
  sight.seen.arrival_rate = Reading::of(100.0, Seconds(0));
  EXPECT_GT(broken.decide(sight), 10);
}

}  // namespace
}  // namespace spillway::bench
