#include "model/forecast/aggregation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "model/forecast/series.hpp"

namespace spillway::forecast {
namespace {

/// Mean absolute errors of the mix and of the two experts, over the second half of 4000 periods.
struct Errors {
  double mix = 0.0, first = 0.0, second = 0.0;
};
template <typename Said>
Errors compete(Said said, int switch_at = 4000) {
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0.0, 1.0);
  Aggregation<2> experts;
  Errors errors;
  for (int t = 0; t < 4000; ++t) {
    const double truth = 50.0 + 5.0 * noise(random);
    auto now = said(truth, noise(random), noise(random));
    if (t >= switch_at) std::swap(now[0], now[1]);
    const double mix = experts.mix(now);
    if (t >= 2000) {
      errors.mix += std::abs(mix - truth) / 2000.0;
      errors.first += std::abs(static_cast<double>(now[0]) - truth) / 2000.0;
      errors.second += std::abs(static_cast<double>(now[1]) - truth) / 2000.0;
    }
    experts.learn(now, mix, truth);
  }
  return errors;
}
Aggregation<2>::Values two(double a, double b) { return {static_cast<float>(a), static_cast<float>(b)}; }

TEST(Aggregation, before_anything_is_learned_the_first_expert_speaks_alone) {
  EXPECT_DOUBLE_EQ(Aggregation<3>().mix({7.0F, 100.0F, 200.0F}), 7.0);
}

TEST(Aggregation, comes_close_to_the_best_expert) {
  const Errors errors = compete([](double truth, double a, double b) { return two(truth + 8.0 * a, truth + b); });
  EXPECT_LT(errors.mix, 1.1 * errors.second);
}

TEST(Aggregation, beats_the_best_expert_where_errors_cancel) {
  const Errors errors = compete([](double truth, double a, double b) { return two(truth + 4.0 * a, truth + 4.0 * b); });
  EXPECT_LT(errors.mix, 0.8 * std::min(errors.first, errors.second));  // the best mixture has 1 / sqrt(2)
}

TEST(Aggregation, changes_its_mind_when_the_experts_change_places) {
  const Errors errors = compete([](double truth, double a, double b) { return two(truth + 8.0 * a, truth + b); }, 1500);
  EXPECT_LT(errors.mix, 0.5 * errors.second);  // the second is the bad one now
}

TEST(Aggregation, weights_are_of_those_who_speak_and_sum_to_one) {
  Aggregation<3> experts;
  for (int t = 0; t < 50; ++t) experts.learn({10.0F, 20.0F, 21.0F}, 10.0, 20.0 + t % 2);
  const auto both = experts.weights({10.0F, 20.0F, 21.0F});
  EXPECT_NEAR(both[0] + both[1] + both[2], 1.0, 1e-12);
  EXPECT_GT(both[1], 0.2);
  EXPECT_DOUBLE_EQ(experts.weights({10.0F, -1.0F, 21.0F})[1], 0.0);
}

TEST(Aggregation, crumbs_give_no_claim_against_the_first_expert) {
  Aggregation<2> experts;
  for (int t = 0; t < 20; ++t) experts.learn(two(100.0, 100.1), 100.0, 100.2);  // once better, by next to nothing
  for (int t = 0; t < 10; ++t) experts.learn(two(100.0, 100.0), 100.0, 160.0);  // the step that nobody saw coming
  EXPECT_GT(experts.weights(two(160.0, 110.0))[0], 0.8);
}

TEST(RunningMedian, agrees_with_sorting_the_window) {
  std::mt19937 random(7);
  std::uniform_int_distribution<int> value(0, 20);  // with ties
  RunningMedian median(31);
  std::vector<float> seen;
  for (int t = 0; t < 300; ++t) {
    const auto newest = static_cast<float>(value(random));
    median.push(newest, seen.size() >= 31 ? seen[seen.size() - 31] : 0.0F);
    seen.push_back(newest);
    std::vector<float> window(seen.end() - std::min<std::ptrdiff_t>(31, std::ssize(seen)), seen.end());
    std::ranges::sort(window);
    ASSERT_FLOAT_EQ(static_cast<float>(median.value()), 0.5F * (window[(window.size() - 1) / 2] + window[window.size() / 2])) << t;
  }
}

}  // namespace
}  // namespace spillway::forecast
