#include <gtest/gtest.h>

#include "tests/model/loop/closed_loop.hpp"

namespace spillway::loop {
namespace {

Policy policy_with_zero() {
  Policy policy = demo_policy();
  policy.min_replicas = 0;
  return policy;
}

/// Metrics that the replicas themselves give: without one there is no answer.
void from_the_pods(Observation& observation) {
  if (observation.ready > 0) return;
  observation.arrival_rate = observation.throughput = observation.backlog = Reading::missing(Absence::kEmpty);
}

TEST(Zero, AServiceThatNobodyAsksGoesToZeroAndStaysThere) {
  TinyService service(policy_with_zero(), 3, 25, 20);
  for (int i = 0; i < 10; ++i) service.run_period(40);
  for (int i = 0; i < 20; ++i) service.run_period(0);
  ASSERT_EQ(service.spec(), 0);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(service.run_period(0).replicas, 0);
}

TEST(Zero, TheFirstRequestsBringReplicasBackAndTheBacklogIsServed) {
  TinyService service(policy_with_zero(), 3, 25, 20);
  for (int i = 0; i < 10; ++i) service.run_period(40);
  for (int i = 0; i < 20; ++i) service.run_period(0);
  ASSERT_EQ(service.spec(), 0);
  EXPECT_GE(service.run_period(0.2).replicas, 1) << "three requests in a period";
  for (int i = 0; i < 20; ++i) service.run_period(60);
  EXPECT_GE(service.ready(), 3);
  EXPECT_LT(service.backlog(), 10.0);
}

TEST(Zero, AFewRequestsAreNeverLeftWaitingForEver) {
  TinyService service(policy_with_zero(), 1, 25, 20);
  for (int i = 0; i < 60; ++i) service.run_period(0.05);
  EXPECT_EQ(service.spec(), 1) << "so little load is not worth a replica by cost, but it is by decency";
  EXPECT_LT(service.backlog(), 1.0);
}

TEST(Zero, WhereZeroIsBlindOneReplicaComesBackAndStays) {
  TinyService service(policy_with_zero(), 1, 25, 20);
  int at_zero = 0;
  for (int i = 0; i < 60; ++i) {
    service.run_period(0, from_the_pods);
    at_zero += service.spec() == 0 ? 1 : 0;
  }
  EXPECT_GT(at_zero, 0) << "it has to be tried once to be known";
  EXPECT_LE(at_zero, 4);
  EXPECT_EQ(service.spec(), 1);
}

TEST(Zero, OneMissingSampleAtZeroIsNoBlindness) {
  TinyService service(policy_with_zero(), 1, 25, 20);
  for (int i = 0; i < 30; ++i) service.run_period(0);
  ASSERT_EQ(service.spec(), 0);
  service.run_period(0, [](Observation& o) { o.arrival_rate = o.throughput = o.backlog = Reading::missing(Absence::kTimeout); });
  for (int i = 0; i < 10; ++i) EXPECT_EQ(service.run_period(0).replicas, 0);
}

}  // namespace
}  // namespace spillway::loop
