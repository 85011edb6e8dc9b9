#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>
#include <vector>

#include "model/base/stages.hpp"
#include "model/forecast/forecaster.hpp"

namespace spillway::forecast {
namespace {

/// Demand that people would call wild: levels, bursts, zeros, noise.
std::vector<double> any_demand() {
  const int n = *rc::gen::inRange(1, 300);
  std::vector<double> rate;
  double level = *rc::gen::inRange(0, 1000);
  for (int i = 0; i < n; ++i) {
    const int what = *rc::gen::inRange(0, 30);
    if (what == 0) level = *rc::gen::inRange(0, 100000);
    if (what == 1) level = 0.0;
    rate.push_back(level * 0.01 * *rc::gen::inRange(80, 121));
  }
  return rate;
}

RC_GTEST_PROP(Forecaster, quantiles_are_finite_ordered_and_not_negative_and_paths_are_coherent, ()) {
  Policy policy;
  policy.startup = Seconds(*rc::gen::inRange(0, 300));
  Forecaster forecaster(policy);
  const StageGrid grid = make_stages(policy.control_period, policy.horizon, *policy.startup);
  double now = 0.0;
  for (const double rate : any_demand()) {
    now += *rc::gen::element(15.0, 15.0, 15.0, 14.0, 31.0, 200.0);
    forecaster.observe(rate, Seconds(now));
    const DisturbanceForecast said = forecaster.forecast(grid, rate, Seconds(now), *policy.startup);
    RC_ASSERT(said.quantiles.size() == grid.size());
    for (const auto& stage : said.quantiles)
      for (std::size_t i = 0; i < stage.size(); ++i) {
        RC_ASSERT(std::isfinite(stage[i]) && stage[i] >= 0.0);
        if (i > 0) RC_ASSERT(stage[i] >= stage[i - 1]);  // RC_ASSERT evaluates both sides of ||
      }
    double total = 0.0;
    for (std::size_t s = 0; s < said.scenarios.size(); ++s) {
      total += said.scenarios[s].probability;
      RC_ASSERT(said.scenarios[s].rate.size() == grid.size());
      for (std::size_t k = 0; s > 0 && k < grid.size(); ++k)
        RC_ASSERT(said.scenarios[s].rate[k] >= said.scenarios[s - 1].rate[k]);
    }
    RC_ASSERT(std::abs(total - 1.0) < 1e-12);
    RC_ASSERT(std::isfinite(said.skill) && said.skill <= 1.0 && !said.method.empty());
  }
}

RC_GTEST_PROP(Forecaster, scales_with_the_unit_of_requests, ()) {
  Forecaster one{Policy{}}, other{Policy{}};
  const double scale = 1024.0;
  StageGrid grid = make_stages(Seconds(15.0), Seconds(180.0), Seconds(30.0));
  double now = 0.0;
  for (const double rate : any_demand()) {
    now += 15.0;
    one.observe(rate + 10.0, Seconds(now));
    other.observe(scale * (rate + 10.0), Seconds(now));
  }
  const auto a = one.forecast(grid, 100.0, Seconds(now)), b = other.forecast(grid, scale * 100.0, Seconds(now));
  for (std::size_t k = 0; k < grid.size(); ++k)
    RC_ASSERT(std::abs(scale * a.quantiles[k][kMedian] - b.quantiles[k][kMedian]) <= 0.01 * b.quantiles[k][kMedian] + 1e-6);
}

RC_GTEST_PROP(Forecaster, a_copy_goes_on_exactly_as_the_original, ()) {
  Forecaster original{Policy{}};
  const std::vector<double> demand = any_demand();
  double now = 0.0;
  for (const double rate : demand) original.observe(rate, Seconds(now += 15.0));
  Forecaster copy = original;
  for (const double rate : demand) {
    now += 15.0;
    original.observe(rate, Seconds(now));
    copy.observe(rate, Seconds(now));
  }
  const StageGrid grid = make_stages(Seconds(15.0), Seconds(180.0), Seconds(30.0));
  RC_ASSERT(original.forecast(grid, 5.0, Seconds(now)).quantiles == copy.forecast(grid, 5.0, Seconds(now)).quantiles);
}

}  // namespace
}  // namespace spillway::forecast
