#include "model/forecast/error_quantiles.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace spillway::forecast {
namespace {

constexpr std::size_t k97 = 6;

/// At the first lead: what is said, then what the error was, period by period.
class Told {
 public:
  const Quantiles& period(double error) {
    errors_.learn(0, error, said_);
    errors_.begin({});
    return said_ = errors_.at(0);
  }
  const Quantiles& periods(int n, const std::function<double()>& error) {
    for (int i = 0; i < n; ++i) period(error());
    return said_;
  }

 private:
  ErrorQuantiles errors_{Leads(Policy{})};
  Quantiles said_{};
};

TEST(ErrorQuantiles, are_those_of_the_errors_seen) {
  std::mt19937 random(5);
  std::normal_distribution<double> error(0.0, 0.1);
  Told told;
  Quantiles mean{};
  told.periods(1000, [&] { return error(random); });
  for (int i = 0; i < 1000; ++i) {
    const Quantiles said = told.period(error(random));
    for (std::size_t q = 0; q < said.size(); ++q) mean[q] += said[q] / 1000.0;
  }
  const Quantiles normal = {-1.645, -0.674, 0.0, 0.674, 1.036, 1.476, 1.881, 2.326, 2.748};
  for (std::size_t q = 0; q < normal.size(); ++q) EXPECT_NEAR(mean[q], 0.1 * normal[q], 0.02) << q;
}

TEST(ErrorQuantiles, of_equal_errors_are_nearly_equal_and_in_order) {
  Told told;
  const Quantiles said = told.periods(1500, [] { return 0.1; });
  for (std::size_t q = 0; q < said.size(); ++q) {
    EXPECT_NEAR(said[q], 0.1, 0.06) << q;  // some of the prior is left in the outermost
    EXPECT_GE(said[q], said[q == 0 ? 0 : q - 1]);
  }
  EXPECT_NEAR(said[kMedian], 0.1, 0.001);
}

TEST(ErrorQuantiles, a_run_of_misses_widens_the_tail_at_once_and_calm_narrows_it_again) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> error(-0.05, 0.05);
  const auto calm = [&] { return error(random); };
  Told told;
  const double before = told.periods(1000, calm)[k97];
  const double after = told.periods(5, [] { return 0.2; })[k97];
  EXPECT_GT(after, 1.5 * before);
  EXPECT_LT(told.periods(400, calm)[k97], 0.5 * (before + after));
}

TEST(ErrorQuantiles, what_was_missed_long_ago_is_forgotten) {
  Told told;
  int i = 0;
  const double wild = told.periods(600, [&] { return i++ % 5 == 0 ? 1.0 : 0.0; })[k97];
  const double calm = told.periods(2 * static_cast<int>(ErrorQuantiles::kEvery) * static_cast<int>(ErrorQuantiles::kMoments), [] { return 0.0; })[k97];
  EXPECT_GT(wild, 0.8);
  EXPECT_LT(calm, 0.2);
}

}  // namespace
}  // namespace spillway::forecast
