#include "model/estimate/patience.hpp"

#include <gtest/gtest.h>

namespace spillway::estimate {
namespace {

TEST(Patience, IsUnknownWhileAQueueKeepsAllThatComes) {
  Patience patience;
  double waiting = 0.0;
  for (int i = 0; i < 20; ++i) {
    patience.update({15.0, 200.0, 100.0, waiting, waiting + 1500.0});
    waiting += 1500.0;
  }
  EXPECT_FALSE(patience.seconds());
}

TEST(Patience, IsWhatAFullQueueHoldsWhenItRefusesWork) {
  Patience patience;
  for (int i = 0; i < 3; ++i) patience.update({5.0, 200.0, 25.0, 64.0, 64.0});
  ASSERT_TRUE(patience.seconds());
  EXPECT_NEAR(*patience.seconds(), 0.32, 1e-9);
}

TEST(Patience, IsTheTimeOutOfClientsWhoGiveUp) {
  Patience patience;
  for (int i = 0; i < 3; ++i) patience.update({15.0, 100.0, 50.0, 3000.0, 3000.0});
  EXPECT_NEAR(patience.seconds().value_or(0.0), 30.0, 1e-9);
}

TEST(Patience, OneSampleOfLossProvesNothing) {
  Patience patience;
  patience.update({15.0, 100.0, 50.0, 3000.0, 3000.0});
  patience.update({15.0, 50.0, 50.0, 3000.0, 3000.0});
  EXPECT_FALSE(patience.seconds());
}

TEST(Patience, IsNotLearnedFromALongWindowWhileTheLoadFalls) {
  Patience patience;
  // The rate still shows the peak while the queue drains.
  for (double waiting = 1000.0; waiting > 100.0; waiting *= 0.7) patience.update({5.0, 200.0, 100.0, waiting, 0.7 * waiting});
  EXPECT_FALSE(patience.seconds());
}

TEST(Patience, ALongerWaitThanBelievedProvesMorePatience) {
  Patience patience;
  for (int i = 0; i < 3; ++i) patience.update({5.0, 200.0, 25.0, 64.0, 64.0});
  patience.update({5.0, 20.0, 25.0, 64.0, 60.0});
  EXPECT_NEAR(*patience.seconds(), 2.4, 1e-9);
}

}  // namespace
}  // namespace spillway::estimate
