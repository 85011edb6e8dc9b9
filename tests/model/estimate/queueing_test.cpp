#include "model/estimate/queueing.hpp"

#include <gtest/gtest.h>

#include "model/plant/lateness.hpp"

namespace spillway::estimate {
namespace {

Queueing::Look look_at(double pooling, double arrival_rate, double ready, double variation = 1.0) {
  plant::RandomService service;
  service.capacity = 25.0;
  service.pooling = pooling;
  service.service_variation = variation;
  return {arrival_rate, ready, 25.0, 1.0, plant::mean_waiting(service, ready, arrival_rate)};
}

TEST(Queueing, IsAssumedButNotTrustedBeforeAnythingWasSeen) {
  EXPECT_EQ(Queueing().pooling().value, 1.0);
  EXPECT_EQ(Queueing().pooling().confidence, 0.0);
}

TEST(Queueing, FewWaitingAtHighUseMeansOneQueue) {
  Queueing queueing;
  for (int i = 0; i < 10; ++i) queueing.update(look_at(1.0, 175.0, 10.0));
  EXPECT_NEAR(queueing.pooling().value, 1.0, 1e-9);
  EXPECT_GT(queueing.pooling().confidence, 0.95);
}

TEST(Queueing, ManyWaitingAtHighUseMeansOneQueuePerReplica) {
  Queueing queueing;
  for (int i = 0; i < 10; ++i) queueing.update(look_at(0.0, 175.0, 10.0));
  EXPECT_NEAR(queueing.pooling().value, 0.0, 1e-9);
}

TEST(Queueing, IdleAndOverloadedServicesTellNothing) {
  Queueing queueing;
  queueing.update(look_at(0.0, 20.0, 10.0));
  queueing.update({260.0, 10.0, 25.0, 1.0, 500.0});
  queueing.update({175.0, 10.0, 25.0, 1.0, 5000.0});
  EXPECT_EQ(queueing.pooling().confidence, 0.0);
}

TEST(Queueing, OfOneReplicaNothingCanBeLearned) {
  Queueing queueing;
  for (int i = 0; i < 10; ++i) queueing.update(look_at(1.0, 17.0, 1.0));
  EXPECT_EQ(queueing.pooling().confidence, 0.0);
}

TEST(Queueing, NoiseAboutTheMeanCancels) {
  Queueing queueing;
  for (int i = 0; i < 40; ++i) {
    Queueing::Look look = look_at(0.0, 175.0, 10.0);
    look.waiting += i % 2 ? 8.0 : -8.0;
    queueing.update(look);
  }
  EXPECT_NEAR(queueing.pooling().value, 0.0, 0.05);
}

TEST(Queueing, EqualRequestsWaitHalfAsMuchAndAreNotTakenForMoreThanOneQueue) {
  Queueing queueing;
  EXPECT_EQ(queueing.variability().value, 1.0);
  EXPECT_EQ(queueing.variability().confidence, 0.0);
  for (int i = 0; i < 400; ++i) queueing.update(look_at(1.0, 225.0, 10.0, 0.0));
  EXPECT_NEAR(queueing.variability().value, 0.5, 0.03);
  EXPECT_GT(queueing.variability().confidence, 0.95);
  EXPECT_EQ(queueing.pooling().value, 1.0);
}

TEST(Queueing, MoreWaitingIsLaidOnPoolingNotOnIrregularRequests) {
  Queueing queueing;
  for (int i = 0; i < 400; ++i) queueing.update(look_at(0.0, 175.0, 10.0, 3.0));
  EXPECT_EQ(queueing.variability().value, 1.0);
  EXPECT_EQ(queueing.pooling().value, 0.0);
}

TEST(Queueing, AlsoOneReplicaShowsHowIrregularRequestsAre) {
  Queueing queueing;
  for (int i = 0; i < 400; ++i) queueing.update(look_at(1.0, 20.0, 1.0, 0.0));
  EXPECT_NEAR(queueing.variability().value, 0.5, 0.03);
  EXPECT_EQ(queueing.pooling().confidence, 0.0);
}

TEST(Queueing, WhatNobodyWaitsForAtLowUseTeachesLittle) {
  Queueing queueing;
  for (int i = 0; i < 400; ++i) queueing.update({105.0, 10.0, 25.0, 1.0, 0.0});
  EXPECT_GT(queueing.variability().value, 0.9);
}

}  // namespace
}  // namespace spillway::estimate
