#include "bench/forecast/rolling.hpp"

#include <algorithm>
#include <cmath>

#include "bench/micro/thread_time.hpp"
#include "model/forecast/forecaster.hpp"

namespace spillway::bench {
namespace {

constexpr long kWindow = 288;
constexpr std::size_t k93 = 5, k97 = 6;
using Levels = std::array<double, forecast::kQuantileLevels.size()>;

double mean_pinball(const Levels& said, double truth) {
  double sum = 0.0;
  for (std::size_t i = 0; i < said.size(); ++i) sum += forecast::pinball(forecast::kQuantileLevels[i], said[i], truth);
  return sum / static_cast<double>(said.size());
}
double mean_pinball(double said, double truth) {
  Levels all;
  all.fill(said);
  return mean_pinball(all, truth);
}

std::optional<double> worst_window(const std::vector<char>& hits) {
  if (std::ssize(hits) < kWindow) return std::nullopt;
  long inside = std::count(hits.begin(), hits.begin() + kWindow, 1), worst = inside;
  for (std::size_t i = kWindow; i < hits.size(); ++i) {
    inside += hits[i] - hits[i - kWindow];
    worst = std::min(worst, inside);
  }
  return static_cast<double>(worst) / kWindow;
}

StageGrid bins(double period, std::size_t count) {
  StageGrid grid;
  for (std::size_t k = 0; k < count; ++k) {
    grid.offset.push_back(static_cast<double>(k) * period);
    grid.duration.push_back(period);
  }
  return grid;
}

void score(LeadResult& sums, std::vector<char>& hits, const Levels& said, double now, double last_season, double truth) {
  sums.error += std::abs(said[forecast::kMedian] - truth);
  sums.hold += std::abs(now - truth);
  sums.seasonal += std::abs(last_season - truth);
  sums.pinball += mean_pinball(said, truth);
  sums.pinball_hold += mean_pinball(now, truth);
  sums.pinball_seasonal += mean_pinball(last_season, truth);
  sums.pinball97 += forecast::pinball(0.97, said[k97], truth);
  sums.pinball97_hold += forecast::pinball(0.97, now, truth);
  sums.pinball97_seasonal += forecast::pinball(0.97, last_season, truth);
  hits.push_back(truth <= forecast::upper95(said[k93], said[k97]) + 1e-12);
  ++sums.n;
}

void finish(LeadResult& sums, const std::vector<char>& hits) {
  if (sums.n == 0) return;
  const auto n = static_cast<double>(sums.n);
  for (double* sum : {&sums.error, &sums.hold, &sums.seasonal, &sums.pinball, &sums.pinball_hold, &sums.pinball_seasonal, &sums.pinball97,
                      &sums.pinball97_hold, &sums.pinball97_seasonal})
    *sum /= n;
  sums.coverage = static_cast<double>(std::count(hits.begin(), hits.end(), 1)) / n;
  sums.worst_window = worst_window(hits);
}

}  // namespace

RollingResult roll(const DemandSeries& series, const RollingSetting& setting) {
  Policy policy;
  policy.control_period = Seconds(series.period);
  policy.horizon = Seconds(series.period * static_cast<double>(setting.horizon));
  const StageGrid grid = bins(series.period, setting.horizon);
  forecast::Forecaster forecaster(policy);
  RollingResult result;
  result.lead.resize(setting.horizon);
  std::vector<std::vector<char>> hits(setting.horizon);
  const long n = std::ssize(series.rate);
  const auto rate = [&](long t) { return series.rate[static_cast<std::size_t>(t)]; };
  for (long t = 0; t < n; ++t) {
    const Seconds now(static_cast<double>(t + 1) * series.period);
    const double start = thread_microseconds();
    forecaster.observe(rate(t), now);
    const double middle = thread_microseconds();
    const auto said = forecaster.forecast(grid, rate(t), now);
    result.observe_us += (middle - start) / static_cast<double>(n);
    result.forecast_us += (thread_microseconds() - middle) / static_cast<double>(n);
    if (t > 0) result.scale += std::abs(rate(t) - rate(t - 1)) / static_cast<double>(n - 1);
    if (t < setting.burn) continue;
    for (long h = 1; h <= static_cast<long>(setting.horizon) && t + h < n; ++h) {
      const auto lead = static_cast<std::size_t>(h - 1);
      const long past = t + h - setting.season;
      const double last_season = setting.season >= h && past >= 0 ? rate(past) : rate(t);
      score(result.lead[lead], hits[lead], said.quantiles[lead], rate(t), last_season, rate(t + h));
    }
  }
  for (std::size_t h = 0; h < setting.horizon; ++h) finish(result.lead[h], hits[h]);
  return result;
}

}  // namespace spillway::bench
