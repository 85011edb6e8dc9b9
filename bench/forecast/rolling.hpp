#pragma once
#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/forecast/forecast.hpp"

namespace spillway::bench {

/// One evenly spaced demand series.
struct DemandSeries {
  std::string name;
  double period = 1.0;  ///< seconds
  std::vector<double> rate;
};

/// How a series is walked over. One observation per bin; the forecaster starts with nothing and learns all the way, scores begin
/// after `burn` bins.
struct RollingSetting {
  std::string name;
  std::size_t horizon = 10;  ///< leads 1..horizon, bins
  long season = 0;           ///< of seasonal naive, bins
  long burn = 200;
};

struct LeadResult {
  double error = 0.0, hold = 0.0, seasonal = 0.0;                       ///< mean absolute errors
  double pinball = 0.0, pinball_hold = 0.0, pinball_seasonal = 0.0;     ///< mean pinball loss over all quantile levels
  double pinball97 = 0.0, pinball97_hold = 0.0, pinball97_seasonal = 0.0;  ///< of the 97 % quantile
  double coverage = 0.0;                                                ///< share below the 95 % bound
  std::optional<double> worst_window;                                   ///< of 288 bins in a row
  long n = 0;
};

struct RollingResult {
  std::vector<LeadResult> lead;  ///< [h - 1]
  double scale = 0.0;            ///< mean absolute change from bin to bin over the whole series: the denominator of MASE
  double observe_us = 0.0, forecast_us = 0.0;  ///< thread CPU time per bin
};

RollingResult roll(const DemandSeries& series, const RollingSetting& setting);

}  // namespace spillway::bench
