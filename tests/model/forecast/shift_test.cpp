#include "model/forecast/shift.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "model/forecast/forecaster.hpp"
#include "tests/model/forecast/grids.hpp"

namespace spillway::forecast {
namespace {

constexpr double kUsual = 0.03;

/// Beside a mix that always says `base`, whatever happened.
class ShiftTest : public testing::Test {
 protected:
  void see(double rate) { shift.observe(rate, {base, base}, kUsual, 1.0); }
  void calm(int periods) {
    for (int i = 0; i < periods; ++i) see(base * (i % 2 == 0 ? 1.03 : 0.97));
  }
  double base = 100.0;
  Shift shift;
};

TEST_F(ShiftTest, UsualErrorsAreNoChange) {
  calm(500);
  EXPECT_EQ(shift.probability(), 0.0);
}

TEST_F(ShiftTest, AJumpMayStayAndIsBelievedMoreWithEachPeriodInWhichItDoes) {
  calm(50);
  see(500);
  EXPECT_NEAR(shift.probability(), 0.5, 1e-9);
  EXPECT_NEAR(shift.rate(5), 500, 1e-9);
  see(500);
  EXPECT_GT(shift.probability(), 0.8);
  see(500);
  EXPECT_GT(shift.probability(), 0.95);
}

TEST_F(ShiftTest, ASpikeIsDroppedAsSoonAsItIsOverAndTheNextOneIsDoubted) {
  for (int spike = 0; spike < 5; ++spike) {
    calm(20);
    see(500);
    EXPECT_GT(shift.probability(), 0.0);
    see(100);
    EXPECT_EQ(shift.probability(), 0.0) << "the mix was right by far";
  }
  see(500);
  EXPECT_LT(shift.probability(), 0.25) << "five came back at once";
}

TEST_F(ShiftTest, ASlowDriftIsFoundAndCarriedOn) {
  calm(50);
  for (int i = 1; i <= 8; ++i) see(100 + 4.0 * i);
  ASSERT_GT(shift.probability(), 0.5);
  EXPECT_GT(shift.rate(5), 140);
  EXPECT_LT(shift.rate(5), 160);
}

TEST_F(ShiftTest, AFallIsLeftToTheMix) {
  calm(50);
  for (int i = 1; i <= 8; ++i) see(100 - 6.0 * i);
  EXPECT_EQ(shift.probability(), 0.0);
  calm(50);
  see(0);
  EXPECT_EQ(shift.probability(), 0.0);
}

TEST_F(ShiftTest, ItEndsWhenTheMixHasHadTimeToLearn) {
  calm(50);
  for (int i = 0; i < 20; ++i) see(500);
  base = 500;
  for (int i = 0; i < 20; ++i) see(500);
  EXPECT_EQ(shift.probability(), 0.0);
}

TEST(Mixture, LiesBetweenItsPartsAndIsAsLikelyAboveAsItsShareSays) {
  const Quantiles low = {80, 95, 100, 105, 108, 111, 113, 116, 120};
  Quantiles high = low;
  for (double& q : high) q += 400;
  for (std::size_t i = 0; i < low.size(); ++i) EXPECT_NEAR(mixture(low, high, 0.0)[i], low[i], 1e-6);
  const Quantiles half = mixture(low, high, 0.5);
  EXPECT_LT(half[1], 106) << "a quarter lies in the lower part";
  EXPECT_GT(half[3], 490) << "a quarter above the middle of the upper part";
  EXPECT_GT(mixture(low, high, 0.2)[5], 480) << "93 % reach the upper part with a share of a fifth";
  EXPECT_LT(mixture(low, high, 0.2)[3], 121) << "75 % do not";
  for (std::size_t i = 1; i < half.size(); ++i) EXPECT_GE(half[i], half[i - 1]);
}

/// What is said after an hour of noise about 140 requests/s and then these.
DisturbanceForecast after_noise(std::initializer_list<double> rates) {
  Forecaster forecaster{Policy{}};
  std::mt19937 random(2);
  std::normal_distribution<double> noise(0.0, 3.0);
  double now = 0.0, last = 0.0;
  const auto see = [&](double rate) { forecaster.observe(last = rate, Seconds(now += 15.0)); };
  for (int i = 0; i < 240; ++i) see(140.0 + noise(random));
  for (const double rate : rates) see(rate);
  return forecaster.forecast(quarter_minutes(8), last, Seconds(now));
}

TEST(Forecaster, a_step_after_an_hour_of_noise_is_feared_to_stay_at_its_first_sample_and_expected_to_at_its_second) {
  const auto first = after_noise({700.0});
  for (const std::size_t stage : {2U, 6U}) EXPECT_GT(first.quantiles[stage][kMedian + 1], 650.0);
  const auto second = after_noise({700.0, 700.0});
  for (const std::size_t stage : {2U, 6U}) EXPECT_GT(second.quantiles[stage][kMedian], 600.0);
}

TEST(Forecaster, a_ramp_after_an_hour_of_noise_is_carried_on_after_a_few_samples) {
  const auto said = after_noise({147, 154, 161, 168, 175, 182});
  EXPECT_GT(said.quantiles[4][kMedian], 185.0) << "five periods ahead, where 217 will come";
}

}  // namespace
}  // namespace spillway::forecast
