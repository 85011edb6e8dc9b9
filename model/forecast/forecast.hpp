#pragma once
#include <array>
#include <string>
#include <vector>

namespace spillway::forecast {

/// The quantile levels that every forecast carries, in this order.
inline constexpr std::array<double, 9> kQuantileLevels = {0.05, 0.25, 0.50, 0.75, 0.85, 0.93, 0.97, 0.99, 0.997};
inline constexpr std::size_t kMedian = 2;

/// One path of demand over the horizon.
struct DemandScenario {
  double probability = 0.0;
  std::vector<double> rate;  ///< mean requests per second in each stage
};

/// How the forecasts made for one lead turned out lately.
struct LeadScore {
  double lead = 0.0;        ///< seconds
  double error = 0.0;       ///< mean absolute error of the median, requests per second
  double hold_error = 0.0;  ///< and of hold
  double pinball = 0.0;     ///< mean pinball loss of the 97 % quantile, requests per second
  double coverage = 0.0;    ///< share of rates below the 95 % bound
};

/// Demand ahead, stage by stage (base/stages.hpp).
struct DisturbanceForecast {
  /// quantiles[k][i]: the level kQuantileLevels[i] of the mean rate (requests per second) in stage k. Non-decreasing in i.
  std::vector<std::array<double, kQuantileLevels.size()>> quantiles;
  /// A handful of paths with probabilities that sum to 1, for the program.
  std::vector<DemandScenario> scenarios;
  std::string method;     ///< which candidate carries the most weight: "Hold", "AutoRegressive", "Seasonal", ...
  bool flat = true;       ///< nothing beats hold: the median is the present level
  double skill = 0.0;     ///< 1 - error / error of hold, at the start-up lead; below 0: hold was better lately
  double error = 0.0;     ///< mean absolute error of the median at the start-up lead, requests per second
  std::vector<LeadScore> scores;  ///< by lead, ascending; empty until forecasts have come due
  double season = 0.0;    ///< the season found, seconds; 0 = none
};

}  // namespace spillway::forecast
