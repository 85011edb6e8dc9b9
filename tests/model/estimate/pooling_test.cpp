#include "model/estimate/pooling.hpp"

#include <gtest/gtest.h>

#include "model/plant/lateness.hpp"

namespace spillway::estimate {
namespace {

Pooling::Look look_at(double pooling, double arrival_rate, double ready) {
  plant::RandomService service;
  service.capacity = 25.0;
  service.pooling = pooling;
  return {arrival_rate, ready, 25.0, 1.0, plant::mean_waiting(service, ready, arrival_rate)};
}

TEST(Pooling, IsAssumedButNotTrustedBeforeAnythingWasSeen) {
  EXPECT_EQ(Pooling().efficiency().value, 1.0);
  EXPECT_EQ(Pooling().efficiency().confidence, 0.0);
}

TEST(Pooling, FewWaitingAtHighUseMeansOneQueue) {
  Pooling pooling;
  for (int i = 0; i < 10; ++i) pooling.update(look_at(1.0, 175.0, 10.0));
  EXPECT_NEAR(pooling.efficiency().value, 1.0, 1e-9);
  EXPECT_GT(pooling.efficiency().confidence, 0.95);
}

TEST(Pooling, ManyWaitingAtHighUseMeansOneQueuePerReplica) {
  Pooling pooling;
  for (int i = 0; i < 10; ++i) pooling.update(look_at(0.0, 175.0, 10.0));
  EXPECT_NEAR(pooling.efficiency().value, 0.0, 1e-9);
}

TEST(Pooling, IdleAndOverloadedServicesTellNothing) {
  Pooling pooling;
  pooling.update(look_at(0.0, 20.0, 10.0));
  pooling.update({260.0, 10.0, 25.0, 1.0, 500.0});
  pooling.update({175.0, 10.0, 25.0, 1.0, 5000.0});
  EXPECT_EQ(pooling.efficiency().confidence, 0.0);
}

TEST(Pooling, OfOneReplicaNothingCanBeLearned) {
  Pooling pooling;
  for (int i = 0; i < 10; ++i) pooling.update(look_at(1.0, 17.0, 1.0));
  EXPECT_EQ(pooling.efficiency().confidence, 0.0);
}

TEST(Pooling, NoiseAboutTheMeanCancels) {
  Pooling pooling;
  for (int i = 0; i < 40; ++i) {
    Pooling::Look look = look_at(0.0, 175.0, 10.0);
    look.waiting += i % 2 ? 8.0 : -8.0;
    pooling.update(look);
  }
  EXPECT_NEAR(pooling.efficiency().value, 0.0, 0.05);
}

}  // namespace
}  // namespace spillway::estimate
