#include <gtest/gtest.h>

#include "tests/model/loop/closed_loop.hpp"

namespace spillway::loop {
namespace {

void settle(TinyService& service, double rate, int periods = 30) {
  for (int i = 0; i < periods; ++i) service.run_period(rate);
}

TEST(Step, HoldsAQuietServiceAtItsSetPoint) {
  TinyService service(demo_policy(), 4, 25, 20);
  settle(service, 70);
  // 70 rps at 25 rps and 80 % is 3.5; lateness from randomness may ask for one or two more.
  EXPECT_GE(service.spec(), 4);
  EXPECT_LE(service.spec(), 6);
}

TEST(Step, ReturnsToTheNeededCountFromFarTooMany) {
  TinyService service(demo_policy(), 40, 25, 20);
  settle(service, 20, 40);
  EXPECT_LE(service.spec(), 3) << "no dead zone: 20 rps need one or two replicas";
}

TEST(Step, ALoadThatWobblesAtTheEdgeBetweenTwoCountsDoesNotMoveReplicasAtEveryTurn) {
  TinyService service(demo_policy(), 6, 25, 20);
  const auto wobble = [](int period) { return 80.0 + 6.0 * std::sin(0.9 * period) + 3.0 * std::sin(2.3 * period); };
  int moves = 0;
  for (int period = 0; period < 180; ++period) {
    const Replicas before = service.spec();
    service.run_period(wobble(period));
    moves += period >= 60 && service.spec() != before;
  }
  EXPECT_LE(moves, 3);
}

TEST(Step, ServesASpikeAndDoesNotGrowAfterItHasGone) {
  TinyService service(demo_policy(), 2, 25, 20);
  settle(service, 20);
  Replicas most = 0;
  for (int i = 0; i < 8; ++i) {
    service.run_period(200);
    most = std::max(most, service.spec());
  }
  EXPECT_GE(most, 10);
  EXPECT_LT(service.backlog(), 50.0);
  const Replicas at_end = service.spec();
  for (int i = 0; i < 20; ++i) {
    service.run_period(20);
    EXPECT_LE(service.spec(), at_end);
  }
  EXPECT_LE(service.spec(), 4);
}

TEST(Step, AnEmptyMetricIsNotZeroLoad) {
  TinyService service(demo_policy(), 10, 25, 20);
  settle(service, 200);
  const Replicas before = service.spec();
  for (int i = 0; i < 40; ++i) {
    const decide::Decision decision = service.run_period(200, [](Observation& o) {
      o.arrival_rate = o.throughput = o.backlog = Reading::missing(Absence::kEmpty);
    });
    EXPECT_GE(decision.replicas, before);
  }
}

TEST(Step, TheDeclaredFallbackTakesOverAfterItsTime) {
  TinyService service(demo_policy(), 10, 25, 20);
  service.policy().on_missing_metrics = FallbackAction::kReplicas;
  service.policy().fallback_after = Seconds(60);
  service.policy().fallback_replicas = 12;
  settle(service, 100);
  const auto blind = [](Observation& o) {
    o.arrival_rate = o.throughput = o.backlog = Reading::missing(Absence::kTimeout);
  };
  decide::Decision decision = service.run_period(100, blind);
  EXPECT_FALSE(decision.fallback);
  for (int i = 0; i < 8; ++i) decision = service.run_period(100, blind);
  EXPECT_TRUE(decision.fallback);
  EXPECT_EQ(decision.replicas, 12);
  EXPECT_EQ(decision.reason, "FallbackReplicas");
}

TEST(Step, ARestartAtPeakDoesNotShrink) {
  TinyService service(demo_policy(), 10, 25, 20);
  settle(service, 220);
  const Replicas before = service.spec();
  service.forget();
  for (int i = 0; i < 6; ++i) service.run_period(220);
  EXPECT_GE(service.spec(), before - 1);
}

TEST(Step, AStaleSampleMayGrowButNotShrink) {
  TinyService service(demo_policy(), 10, 25, 20);
  settle(service, 200);
  const Replicas before = service.spec();
  for (int i = 0; i < 10; ++i) {
    service.run_period(20, [](Observation& o) { o.arrival_rate.absence = Absence::kStale; });
  }
  EXPECT_GE(service.spec(), before);
}

TEST(Step, DryRunComputesWithoutMoving) {
  TinyService service(demo_policy(), 2, 25, 20);
  service.policy().mode = Mode::kDryRun;
  decide::Decision decision;
  for (int i = 0; i < 10; ++i) decision = service.run_period(200);
  EXPECT_EQ(service.spec(), 2);
  EXPECT_GE(decision.replicas, 9);
}

TEST(Step, SameInputsGiveTheSameDecisionsBitForBit) {
  TinyService a(demo_policy(), 2, 25, 20), b(demo_policy(), 2, 25, 20);
  for (int i = 0; i < 60; ++i) {
    const double rate = 80 + 60 * std::sin(i / 7.0);
    const decide::Decision x = a.run_period(rate), y = b.run_period(rate);
    ASSERT_EQ(x.replicas, y.replicas);
    ASSERT_EQ(x.raw, y.raw);
    ASSERT_EQ(x.message, y.message);
  }
}

TEST(Step, WithoutABacklogMetricAnUtilisationAboveTheSetPointDoesNotStay) {
  Policy policy = demo_policy();
  policy.target_utilization = 0.7;
  TinyService service(policy, 4, 25, 20);
  for (int i = 0; i < 30; ++i) service.run_period(80, [](Observation& o) { o.backlog = Reading::missing(Absence::kNotAsked); });
  EXPECT_GE(service.spec(), 5) << "80 rps on 4 x 25 rps is 0.80 against a set point of 0.70";
}

TEST(Step, AMeasuredQueueThatStaysEmptyMayRunAboveTheSetPointButNotFull) {
  Policy policy = demo_policy();
  policy.target_utilization = 0.5;
  TinyService service(policy, 40, 25, 20);
  settle(service, 500, 60);
  EXPECT_LT(service.spec(), 38) << "500 rps on 40 x 25 rps is the set point, and nobody ever waits";
  EXPECT_GT(service.spec(), 20) << "20 would be used to the last request";
}

}  // namespace
}  // namespace spillway::loop
