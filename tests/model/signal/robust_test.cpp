#include "model/signal/robust.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "model/signal/ring.hpp"

namespace spillway::signal {
namespace {

TEST(Ring, keeps_the_last_values_newest_first) {
  Ring<int, 3> ring;
  EXPECT_TRUE(ring.empty());
  for (int i = 1; i <= 5; ++i) ring.push(i);
  ASSERT_EQ(ring.size(), 3U);
  EXPECT_EQ(ring[0], 5);
  EXPECT_EQ(ring[2], 3);
}

TEST(Quantile, interpolates_between_order_statistics) {
  std::vector<double> values = {4.0, 1.0, 3.0, 2.0};
  EXPECT_DOUBLE_EQ(quantile_in_place(values, 0.0), 1.0);
  EXPECT_DOUBLE_EQ(quantile_in_place(values, 1.0), 4.0);
  EXPECT_DOUBLE_EQ(quantile_in_place(values, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(median_in_place({}), 0.0);
}

TEST(Quantile, one_wild_value_does_not_move_the_median) {
  std::vector<double> values = {10.0, 11.0, 9.0, 10.5, 1e6};
  EXPECT_DOUBLE_EQ(median_in_place(values), 10.5);
}

TEST(Cusum, finds_a_shift_of_two_sigma_within_a_few_samples_and_is_quiet_on_noise) {
  std::mt19937 random(7);
  std::normal_distribution<double> noise;
  Cusum cusum;
  int false_alarms = 0;
  for (int i = 0; i < 500; ++i) false_alarms += cusum.add(noise(random));
  EXPECT_LE(false_alarms, 3);
  int needed = 0;
  while (needed < 50 && !cusum.add(2.0 + noise(random))) ++needed;
  EXPECT_LE(needed, 8);
}

TEST(Cusum, ignores_what_is_not_a_number) {
  Cusum cusum;
  EXPECT_FALSE(cusum.add(std::nan("")));
  EXPECT_FALSE(cusum.add(INFINITY));
  EXPECT_TRUE(cusum.add(6.0));
}

}  // namespace
}  // namespace spillway::signal
