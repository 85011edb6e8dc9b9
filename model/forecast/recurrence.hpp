#pragma once
#include "model/forecast/series.hpp"

namespace spillway::forecast {

/// The period (in control periods) with which rises of the rate recur, from the autocorrelation of clipped positive
/// log-steps; 0 if none stands out. Costs about n^2/4 operations on the last n <= 2048 values: call it rarely.
long find_recurrence(const Series& series);

}  // namespace spillway::forecast
