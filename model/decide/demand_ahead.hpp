#pragma once
#include "model/base/stages.hpp"
#include "model/forecast/forecast.hpp"

namespace spillway::decide {

/// The demand to expect until a replica asked for at the next decision is ready: what comes before that only this one can meet. Requests per
/// second.
struct DemandAhead {
  double lead = 0.0;     ///< seconds until then
  double highest = 0.0;  ///< the highest median on the way
  double median = 0.0;   ///< the median at that time
  double high = 0.0;     ///< and the 97 % quantile
};

DemandAhead demand_until(const forecast::DisturbanceForecast& forecast, const StageGrid& grid, double lead);

}  // namespace spillway::decide
