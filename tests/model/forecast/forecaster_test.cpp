#include "model/forecast/forecaster.hpp"
#include "tests/model/forecast/grids.hpp"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <initializer_list>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

namespace spillway::forecast {
namespace {

constexpr double kPi = 3.14159265358979323846;

/// Feeds rate(i) for i in [0, n) and returns the mean absolute errors, ten periods ahead, of the median and of hold, over the
/// second half.
struct Outcome {
  Forecaster forecaster;
  double error = 0.0, hold = 0.0, covered = 0.0;
  DisturbanceForecast last;
};
template <typename Rate>
Outcome run(const Policy& policy, int n, Rate rate) {
  const double period = policy.control_period.value();
  const StageGrid grid = steps(12, period);
  Outcome out{Forecaster(policy)};
  std::vector<double> value;
  for (int i = 0; i < n + 10; ++i) value.push_back(rate(i));
  int scored = 0;
  for (int i = 0; i < n; ++i) {
    const Seconds now((i + 1) * period);
    out.forecaster.observe(value[static_cast<std::size_t>(i)], now);
    out.last = out.forecaster.forecast(grid, value[static_cast<std::size_t>(i)], now);
    if (i < n / 2) continue;
    const double truth = value[static_cast<std::size_t>(i) + 10];
    out.error += std::abs(out.last.quantiles[9][kMedian] - truth);
    out.hold += std::abs(value[static_cast<std::size_t>(i)] - truth);
    out.covered += truth <= out.last.quantiles[9][5];
    ++scored;
  }
  out.covered /= scored;
  return out;
}

TEST(Forecaster, says_hold_and_flat_before_it_has_seen_anything) {
  const Forecaster forecaster{Policy{}};
  const DisturbanceForecast said = forecaster.forecast(steps(4, 15.0), 50.0, Seconds(0.0));
  ASSERT_EQ(said.quantiles.size(), 4U);
  EXPECT_TRUE(said.flat);
  EXPECT_EQ(said.method, "Hold");
  EXPECT_NEAR(said.quantiles[0][kMedian], 50.0, 2.5);
  EXPECT_GT(said.quantiles[3][8], said.quantiles[3][kMedian] * 1.05);
}

TEST(Forecaster, constant_demand_is_forecast_as_constant) {
  const Outcome out = run(Policy{}, 200, [](int) { return 80.0; });
  for (const auto& stage : out.last.quantiles) EXPECT_NEAR(stage[kMedian], 80.0, 1.0);
}

TEST(Forecaster, a_random_walk_is_not_pretended_to_be_predictable) {
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0.0, 2.0);
  double level = 500.0;
  const Outcome out = run(Policy{}, 2000, [&](int) { return level = std::max(50.0, level + noise(random)); });
  EXPECT_LT(out.error, 1.05 * out.hold);
}

TEST(Forecaster, noise_around_a_level_is_smoothed_to_the_error_that_theory_allows) {
  std::mt19937 random(5);
  std::normal_distribution<double> noise(0.0, 20.0);
  const Outcome out = run(Policy{}, 1500, [&](int) { return std::max(0.0, 200.0 + noise(random)); });
  EXPECT_LT(out.error, 0.76 * out.hold);  // the bound is 1 / sqrt(2)
  EXPECT_FALSE(out.last.flat);
  EXPECT_GT(out.last.skill, 0.15);
}

TEST(Forecaster, finds_a_recurrence_by_itself_and_uses_it) {
  std::mt19937 random(11);
  std::normal_distribution<double> noise(0.0, 3.0);
  const auto rate = [&](int i) { return 60.0 + (i % 40 < 8 ? 120.0 : 0.0) + std::abs(noise(random)); };
  const Outcome out = run(Policy{}, 1200, rate);
  EXPECT_NEAR(out.last.season, 40 * 15.0, 15.0);
  EXPECT_LT(out.error, 0.35 * out.hold);
}

TEST(Forecaster, a_smooth_wave_is_followed_better_than_hold) {
  const Outcome out = run(Policy{}, 1000, [](int i) { return 100.0 + 60.0 * std::sin(2.0 * kPi * i / 80.0); });
  EXPECT_LT(out.error, 0.4 * out.hold);
}

TEST(Forecaster, the_93_percent_bound_covers_about_93_percent) {
  std::mt19937 random(13);
  std::lognormal_distribution<double> noise(0.0, 0.4);
  const Outcome out = run(Policy{}, 3000, [&](int) { return 50.0 * noise(random); });
  EXPECT_NEAR(out.covered, 0.93, 0.02);
}

/// What is feared at 20 rps (99 %, ten periods ahead) after bursts to 200 rps that begin in these periods.
double feared_after_bursts(std::initializer_list<int> starts) {
  const Outcome seen = run(Policy{}, 120, [&](int i) {
    return std::ranges::any_of(starts, [i](int start) { return i >= start && i < start + 8; }) ? 200.0 : 20.0;
  });
  return seen.last.quantiles[9][7];
}

TEST(Forecaster, on_short_and_noisy_series_steps_and_ramps_it_is_not_worse_than_hold) {
  const auto noisy = [](int i) { return 50.0 + 10.0 * std::sin(1000.0 * std::sin(static_cast<double>(i))); };
  for (const int n : {40, 80, 120}) {
    const Outcome out = run(Policy{}, n, noisy);
    EXPECT_LT(out.error, 1.02 * out.hold) << n;
  }
  std::mt19937 random(3);
  std::normal_distribution<double> noise(0.0, 5.0);
  const Outcome shifts = run(Policy{}, 2400, [&](int i) { return (i / 400 % 2 == 0 ? 100.0 : 300.0) + noise(random); });
  EXPECT_LT(shifts.error, 1.03 * shifts.hold);
  const Outcome ramp = run(Policy{}, 1000, [&](int i) { return 100.0 + 0.2 * i + noise(random); });
  EXPECT_LT(ramp.error, 0.9 * ramp.hold);
}

TEST(Forecaster, quiet_demand_that_steps_is_followed_at_once) {
  // The three levels of the reference laboratory's step trace: nothing to learn from, so nothing but hold has a claim.
  Forecaster forecaster{Policy{}};
  const StageGrid grid = steps(12, 15.0);
  for (int i = 0; i < 46; ++i) {
    const double rate = i < 20 ? 20.0 : i < 40 ? 80.0 : 40.0;
    forecaster.observe(rate, Seconds(15.0 * (i + 1)));
    const DisturbanceForecast said = forecaster.forecast(grid, rate, Seconds(15.0 * (i + 1)));
    for (const std::size_t lead : {0U, 2U, 9U}) EXPECT_NEAR(said.quantiles[lead][kMedian], rate, 15.0) << "period " << i << ", lead " << lead + 1;
  }
}

/// A square wave of ten periods each: mean absolute errors of the median and of hold by lead (index 0: one period), once it is known.
struct ErrorsByLead {
  std::vector<double> median, hold;
};
ErrorsByLead follow_square_wave(const Policy& policy, std::size_t leads) {
  Forecaster forecaster{policy};
  const StageGrid grid = quarter_minutes(leads);
  std::mt19937 random(4);
  std::normal_distribution<double> noise(0.0, 1.0);
  std::vector<double> rate;
  for (int i = 0; i < 1520; ++i) rate.push_back((i / 10 % 2 == 0 ? 200.0 : 50.0) + noise(random));
  ErrorsByLead errors{std::vector<double>(leads), std::vector<double>(leads)};
  for (std::size_t i = 0; i < 1500; ++i) {
    const Seconds now(15.0 * static_cast<double>(i + 1));
    forecaster.observe(rate[i], now);
    const DisturbanceForecast said = forecaster.forecast(grid, rate[i], now);
    for (std::size_t h = 0; i >= 1000 && h < leads; ++h) {
      errors.median[h] += std::abs(said.quantiles[h][kMedian] - rate[i + h + 1]);
      errors.hold[h] += std::abs(rate[i] - rate[i + h + 1]);
    }
  }
  return errors;
}

TEST(Forecaster, a_sharp_recurrence_is_known_at_the_leads_that_are_learned) {
  const ErrorsByLead errors = follow_square_wave(Policy{}, 10);
  for (const std::size_t h : {1U, 2U, 3U, 4U, 5U, 6U, 7U, 9U}) EXPECT_LT(errors.median[h], 0.1 * errors.hold[h]) << "lead " << h + 1;
}

TEST(Forecaster, a_sharp_recurrence_is_known_where_a_replica_asked_for_now_begins_to_serve) {
  for (const double startup : {30.0, 82.0, 90.0, 120.0, 150.0}) {
    Policy policy;
    policy.startup = Seconds(startup);
    const auto served = static_cast<std::size_t>(std::ceil(startup / 15.0));
    const ErrorsByLead errors = follow_square_wave(policy, 12);
    EXPECT_LT(errors.median[served], 0.1 * errors.hold[served]) << "start-up lag of " << startup << " s";
  }
}

TEST(Forecaster, the_95_percent_bound_holds_in_every_window_although_the_noise_changes) {
  std::mt19937 random(11);
  std::normal_distribution<double> noise(0.0, 1.0);
  std::vector<double> rate;
  for (int i = 0; i < 4010; ++i) rate.push_back(std::max(0.0, 200.0 + (i / 500 % 2 == 0 ? 8.0 : 40.0) * noise(random)));
  const StageGrid grid = steps(10, 15.0);
  for (const std::size_t lead : {1U, 5U, 10U}) {
    Forecaster fresh{Policy{}};
    std::vector<int> hit;
    for (std::size_t i = 0; i + lead < rate.size(); ++i) {
      const Seconds now(15.0 * static_cast<double>(i + 1));
      fresh.observe(rate[i], now);
      const auto said = fresh.forecast(grid, rate[i], now).quantiles[lead - 1];
      if (i >= 200) hit.push_back(rate[i + lead] <= upper95(said[5], said[6]));
    }
    const int all = std::accumulate(hit.begin(), hit.end(), 0);
    EXPECT_NEAR(all / static_cast<double>(hit.size()), 0.95, 0.015) << lead;
    int worst = 288;
    for (auto from = hit.begin(); hit.end() - from >= 288; ++from) worst = std::min(worst, std::accumulate(from, from + 288, 0));
    EXPECT_GE(worst, static_cast<int>(0.88 * 288)) << lead;
  }
}

TEST(Forecaster, one_burst_is_not_a_pattern_but_two_are) {
  EXPECT_LT(feared_after_bursts({40}), 40.0);
  EXPECT_GT(feared_after_bursts({40, 80}), 100.0);
}

TEST(Forecaster, history_at_coarser_spacing_teaches_the_daily_profile) {
  const auto daily = [](double t) { return 100.0 + 80.0 * std::sin(2.0 * kPi * t / 86400.0); };
  Policy policy;
  policy.startup = Seconds(600.0);
  std::vector<HistoryPoint> history;
  for (double t = -14.0 * 86400.0; t < 0.0; t += 300.0) history.push_back({Seconds(t), daily(t)});
  Forecaster taught(policy), untaught(policy);
  taught.seed(history);
  const StageGrid grid = steps(44, 15.0);
  double with = 0.0, without = 0.0;
  for (int i = 1; i <= 400; ++i) {
    const Seconds now(15.0 * i);
    const double rate = daily(now.value() - 7.5), truth = daily(now.value() + 15.0 * 43.0 - 7.5);
    taught.observe(rate, now);
    untaught.observe(rate, now);
    with += std::abs(taught.forecast(grid, rate, now).quantiles[42][kMedian] - truth);
    without += std::abs(rate - truth);
  }
  EXPECT_LT(with, 0.8 * without);
}

TEST(Forecaster, history_as_fine_as_the_control_period_warms_it_fully) {
  const auto rate = [](double t) { return 100.0 + 60.0 * std::sin(2.0 * kPi * t / 1200.0); };
  std::vector<HistoryPoint> history;
  for (double t = -15000.0; t <= 0.0; t += 15.0) history.push_back({Seconds(t), rate(t)});
  Forecaster forecaster{Policy{}};
  forecaster.seed(history);
  forecaster.observe(rate(15.0), Seconds(15.0));
  const DisturbanceForecast said = forecaster.forecast(steps(12, 15.0), rate(15.0), Seconds(15.0));
  EXPECT_FALSE(said.flat);
  EXPECT_NEAR(said.quantiles[9][kMedian], rate(165.0), 0.25 * std::abs(rate(165.0) - rate(15.0)) + 3.0);
}

TEST(Forecaster, coarse_weeks_before_fine_hours_teach_both_the_daily_profile_and_the_rest) {
  const auto rate = [](double t) { return (100.0 + 80.0 * std::sin(2.0 * kPi * t / 86400.0)) * (1.0 + 0.3 * std::sin(2.0 * kPi * t / 1200.0)); };
  Policy policy;
  policy.startup = Seconds(600.0);
  std::vector<HistoryPoint> history;
  for (double t = -14.0 * 86400.0; t < -15000.0; t += 300.0) history.push_back({Seconds(t), rate(t)});
  const std::vector<HistoryPoint> weeks = history;
  for (double t = -15000.0; t <= 0.0; t += 15.0)
    if (std::fmod(-t, 1000.0) > 40.0) history.push_back({Seconds(t), rate(t)});  // with gaps
  const StageGrid grid = steps(44, 15.0);
  const auto error_after = [&](const std::vector<HistoryPoint>& seen) {
    Forecaster forecaster(policy);
    forecaster.seed(seen);
    double error = 0.0;
    for (double now = 15.0; now <= 900.0; now += 15.0) {
      forecaster.observe(rate(now), Seconds(now));
      const double median = forecaster.forecast(grid, rate(now), Seconds(now)).quantiles[9][kMedian];
      error += std::abs(median - rate(now + 150.0));
    }
    return error;
  };
  EXPECT_LT(error_after(history), 0.3 * error_after(weeks));
}

TEST(Forecaster, publishes_how_its_forecasts_turned_out_by_lead) {
  std::mt19937 random(23);
  std::normal_distribution<double> noise(0.0, 20.0);
  const Outcome out = run(Policy{}, 1500, [&](int) { return std::max(0.0, 200.0 + noise(random)); });
  ASSERT_FALSE(out.last.scores.empty());
  for (const LeadScore& score : out.last.scores) {
    EXPECT_NEAR(score.error, 16.0, 3.0) << score.lead;  // sigma sqrt(2 / pi)
    EXPECT_NEAR(score.hold_error, 22.6, 4.0) << score.lead;
    EXPECT_NEAR(score.coverage, 0.95, 0.04) << score.lead;
    EXPECT_LT(score.pinball, 3.0) << score.lead;
  }
  EXPECT_DOUBLE_EQ(out.last.scores.front().lead, 15.0);
  EXPECT_NEAR(out.last.error, 16.0, 3.0);
}

TEST(Forecaster, where_demand_comes_in_bursts_the_median_lies_below_the_mean) {
  std::mt19937 random(29);
  std::bernoulli_distribution burst(0.15);
  const Outcome out = run(Policy{}, 1500, [&](int) { return burst(random) ? 100.0 : 5.0; });
  EXPECT_LT(out.last.quantiles[9][kMedian], 10.0);
  EXPECT_GT(out.last.quantiles[9][6], 50.0);
}

TEST(Forecaster, plans_for_no_level_far_above_anything_seen_except_as_growth_from_now) {
  std::mt19937 random(17);
  std::lognormal_distribution<double> noise(0.0, 1.0);
  double highest = 0.0;
  const Outcome out = run(Policy{}, 600, [&](int) {
    const double rate = 20.0 * noise(random);
    highest = std::max(highest, rate);
    return rate;
  });
  for (const auto& stage : out.last.quantiles) EXPECT_LE(stage[8], 1.2 * highest + 1e-6);
}

TEST(Forecaster, a_newer_level_than_the_last_sample_lifts_the_whole_forecast) {
  Outcome out = run(Policy{}, 100, [](int) { return 50.0; });
  const DisturbanceForecast said = out.forecaster.forecast(steps(4, 15.0), 500.0, Seconds(1515.0));
  EXPECT_NEAR(said.quantiles[1][kMedian], 500.0, 25.0);
}

TEST(Forecaster, gaps_short_and_long_and_garbage_are_survived) {
  Forecaster forecaster{Policy{}};
  double now = 0.0;
  for (int i = 0; i < 300; ++i) {
    now += i == 100 ? 120.0 : (i == 200 ? 86400.0 : (i % 7 == 0 ? 22.0 : 15.0));
    forecaster.observe(i % 50 == 49 ? std::nan("") : 40.0 + i % 10, Seconds(now));
  }
  const DisturbanceForecast said = forecaster.forecast(steps(12, 15.0), 45.0, Seconds(now));
  for (const auto& stage : said.quantiles) {
    EXPECT_GT(stage[kMedian], 30.0);
    EXPECT_LT(stage[kMedian], 60.0);
  }
}

TEST(Forecaster, method_hold_is_always_flat) {
  Policy policy;
  policy.forecast_method = ForecastMethod::kHold;
  const Outcome out = run(policy, 400, [](int i) { return 100.0 + 60.0 * std::sin(2.0 * kPi * i / 80.0); });
  EXPECT_TRUE(out.last.flat);
  EXPECT_DOUBLE_EQ(out.last.skill, 0.0);
}

TEST(Forecaster, fits_with_its_history_into_a_hundred_kilobytes) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "the sanitizer's allocator does not report through mallinfo2";
#endif
  for (const double period : {15.0, 60.0}) {  // with 60 s a day fits into the kept periods, and the policy's season has a model
    Policy policy;
    policy.control_period = Seconds(period);
    policy.horizon = Seconds(3600.0);  // the most leads
    std::vector<HistoryPoint> history;
    for (double t = -14.0 * 86400.0; t < 0.0; t += 300.0) history.push_back({Seconds(t), 100.0});
    Forecaster forecaster(policy);
    forecaster.seed(history);
    for (int i = 1; i < 5000; ++i) forecaster.observe(100.0 + i % 40, Seconds(period * i));
    const std::size_t before = mallinfo2().uordblks;
    const auto copy = std::make_unique<Forecaster>(forecaster);
    const std::size_t bytes = mallinfo2().uordblks - before;
    RecordProperty("bytes_at_" + std::to_string(static_cast<int>(period)), static_cast<int>(bytes));
    EXPECT_LT(bytes, 100000U) << period;
    EXPECT_GT(bytes, 20000U) << "the measurement itself is broken";
  }
}

}  // namespace
}  // namespace spillway::forecast
