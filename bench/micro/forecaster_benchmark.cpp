// What a series costs per control period: one observation taken in, the whole horizon said. Long-run: the ring buffers are full, seasons are
// looked for. Time is the CPU time of this thread. Run with --benchmark_repetitions=5 on shared cores.
#include <benchmark/benchmark.h>

#include <cmath>
#include <random>
#include <vector>

#include "model/base/stages.hpp"
#include "model/forecast/forecaster.hpp"

namespace spillway {
namespace {

constexpr double kPi = 3.14159265358979323846;
constexpr std::size_t kPeriods = 8192;

/// Demand with everything on: a wave of an hour that the search finds, noise, now and then a burst.
const std::vector<double>& demand() {
  static const std::vector<double> rates = [] {
    std::mt19937 random(1);
    std::normal_distribution<double> noise(0.0, 10.0);
    std::vector<double> made;
    double burst = 0.0;
    for (std::size_t i = 0; i < kPeriods; ++i) {
      burst = random() % 300 == 0 ? 150.0 : 0.8 * burst;
      made.push_back(std::max(0.0, 200.0 + 80.0 * std::sin(2.0 * kPi * static_cast<double>(i) / 240.0) + noise(random) + burst));
    }
    return made;
  }();
  return rates;
}

/// state.range(0): control period in seconds. 15 is the default; with 60 a day fits into what is kept, so the policy's season has its model too.
void observe(benchmark::State& state, bool and_forecast) {
  Policy policy;
  policy.control_period = Seconds(static_cast<double>(state.range(0)));
  policy.horizon = Seconds(12.0 * policy.control_period.value());
  const StageGrid grid = make_stages(policy.control_period, policy.horizon, Seconds(2.0 * policy.control_period.value()));
  forecast::Forecaster forecaster(policy);
  double now = 0.0;
  std::size_t i = 0;
  const auto next = [&] {
    const double rate = demand()[i++ % kPeriods];
    now += policy.control_period.value();
    forecaster.observe(rate, Seconds(now));
    if (and_forecast) benchmark::DoNotOptimize(forecaster.forecast(grid, rate, Seconds(now)));
  };
  for (std::size_t warm = 0; warm < 4000; ++warm) next();
  for (auto unused : state) next();
}
BENCHMARK_CAPTURE(observe, only, false)->Arg(15)->Arg(60)->Unit(benchmark::kMicrosecond);
BENCHMARK_CAPTURE(observe, and_forecast, true)->Arg(15)->Arg(60)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace spillway

BENCHMARK_MAIN();
