#include "model/plant/lateness.hpp"

namespace spillway::plant {
namespace {

/// The textbook formula, sums of a^k / k!, good for a few servers only.
double textbook_erlang_c(int servers, double load) {
  double term = 1.0;
  double sum = 0.0;
  for (int k = 0; k < servers; ++k) {
    sum += term;
    term *= load / (k + 1);
  }
  const double queueing = term / (1.0 - load / servers);
  return queueing / (sum + queueing);
}

TEST(ErlangC, AgreesWithTheTextbook) {
  EXPECT_NEAR(erlang_c(1, 0.6), 0.6, 1e-12);
  EXPECT_NEAR(erlang_c(2, 1.0), 1.0 / 3.0, 1e-12);
  for (int servers = 1; servers <= 40; ++servers) {
    for (double utilization : {0.1, 0.5, 0.8, 0.95, 0.999}) {
      const double load = utilization * servers;
      EXPECT_NEAR(erlang_c(servers, load), textbook_erlang_c(servers, load), 1e-9) << servers << " " << load;
    }
  }
}

TEST(ErlangC, IsCertainInOverloadAndImpossibleWithoutLoad) {
  EXPECT_DOUBLE_EQ(erlang_c(5, 5.0), 1.0);
  EXPECT_DOUBLE_EQ(erlang_c(5, 0.0), 0.0);
}

TEST(ErlangC, CrossesToItsLimitForManyServersWithoutAStep) {
  for (double utilization : {0.85, 0.9, 0.95, 0.99}) {
    const double exact = erlang_c(200, utilization * 200);
    const double limit = erlang_c(200.001, utilization * 200);
    EXPECT_NEAR(limit, exact, 0.01) << utilization;
  }
}

TEST(ErlangC, StaysAProbabilityForAHundredThousandServers) {
  for (double utilization : {0.0001, 0.5, 0.99, 0.9999, 0.999999}) {
    const double p = erlang_c(1e5, utilization * 1e5);
    EXPECT_GE(p, 0.0);
    EXPECT_LE(p, 1.0);
  }
}

TEST(LateRate, IsEverythingWithoutSpareCapacity) { EXPECT_DOUBLE_EQ(late_rate({.capacity = 25}, 4, 100), 100); }

TEST(LateRate, OfASingleServerIsTheExponentialTailOfItsWait) {
  // M/M/1: P(W > t) = rho exp(-(mu - lambda) t)
  EXPECT_NEAR(late_rate({.capacity = 2.0, .max_queue_delay = 1.5}, 1, 1.2), 1.2 * 0.6 * std::exp(-0.8 * 1.5), 1e-12);
}

TEST(LateRate, FallsWithEveryReplicaAndRisesWithLoadVariationAndSeparateQueues) {
  const RandomService service{.capacity = 2.0, .max_queue_delay = 0.5};
  for (int n = 6; n < 20; ++n) {
    EXPECT_LT(late_rate(service, n + 1, 10), late_rate(service, n, 10));
    EXPECT_LT(late_rate(service, n, 10), late_rate(service, n, 10.5));
    EXPECT_LT(late_rate(service, n, 10), late_rate({.capacity = 2.0, .pooling = 0.5, .max_queue_delay = 0.5}, n, 10));
    EXPECT_LT(late_rate(service, n, 10),
              late_rate({.capacity = 2.0, .arrival_variation = 4.0, .max_queue_delay = 0.5}, n, 10));
  }
}

TEST(LateCurve, IsConvexBelowTheLateRateAndMeetsItAtItsVertices) {
  for (double capacity : {0.1, 2.0, 25.0, 400.0}) {
    for (double rate : {0.3, 9.9, 1234.5, 99000.0}) {
      for (double pooling : {0.0, 0.5, 1.0}) {
        const RandomService service{.capacity = capacity, .pooling = pooling};
        const LateCurve late = late_curve(service, rate, 1e6, 1e-4);
        const auto& v = late.curve.vertices();
        ASSERT_GE(v.size(), 2u);
        EXPECT_LT(v.size(), 200u) << "the envelope must stay small";
        EXPECT_DOUBLE_EQ(v[0].y, rate) << "no replica: everything is late";
        double steepness = std::numeric_limits<double>::infinity();
        for (std::size_t j = 1; j < v.size(); ++j) {
          EXPECT_NEAR(v[j].y, late_rate(service, v[j].x, rate), 1e-9 * rate);
          const double slope = (v[j - 1].y - v[j].y) / (v[j].x - v[j - 1].x);
          EXPECT_GT(slope, 0.0);
          EXPECT_LT(slope, steepness);
          steepness = slope;
        }
        const double first = std::floor(rate / capacity) + 1;
        EXPECT_LE(late.curve(first), late_rate(service, first, rate) + 1e-9 * rate);
        EXPECT_LE(late.curve(0.5 * first), rate);
      }
    }
  }
}

TEST(LateCurve, ReportsHowFarTheEnvelopeFallsShort) {
  // 3.96 busy replicas: with 4 most are late by chance, with 5 hardly any; the chord from (0, all) to (5, few) misses that.
  const RandomService service{.capacity = 25.0};
  const LateCurve late = late_curve(service, 99.0, 100, 1e-3);
  EXPECT_NEAR(late.gap, late_rate(service, 4, 99.0) - late.curve(4), 1e-9);
  EXPECT_GT(late.gap, 10.0);
}

}  // namespace
}  // namespace spillway::plant
