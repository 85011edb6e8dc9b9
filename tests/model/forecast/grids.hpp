#pragma once
#include "model/base/stages.hpp"

namespace spillway::forecast {

/// Stages of one length, seconds, from now on.
inline StageGrid steps(std::size_t count, double period) {
  StageGrid grid;
  for (std::size_t k = 0; k < count; ++k) {
    grid.offset.push_back(static_cast<double>(k) * period);
    grid.duration.push_back(period);
  }
  return grid;
}

inline StageGrid quarter_minutes(std::size_t count) { return steps(count, 15.0); }

}  // namespace spillway::forecast
