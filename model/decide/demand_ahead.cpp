#include "model/decide/demand_ahead.hpp"

#include <algorithm>

namespace spillway::decide {

DemandAhead demand_until(const forecast::DisturbanceForecast& forecast, const StageGrid& grid, double lead) {
  constexpr std::size_t kHigh = 6;
  static_assert(forecast::kQuantileLevels[kHigh] == 0.97);
  DemandAhead ahead{.lead = lead};
  const double until = lead + (grid.duration.empty() ? 0.0 : grid.duration.front());
  for (std::size_t k = 0; k < forecast.quantiles.size() && (k == 0 || grid.offset[k] < until); ++k) {
    ahead.median = forecast.quantiles[k][forecast::kMedian];
    ahead.high = forecast.quantiles[k][kHigh];
    ahead.highest = std::max(ahead.highest, ahead.median);
  }
  return ahead;
}

}  // namespace spillway::decide
