#pragma once
#include <vector>

#include "model/base/units.hpp"

namespace spillway {

/// The horizon cut into stages: stage k covers [offset[k], offset[k] + duration[k]) seconds from now. Short first (the control
/// period), longer later (move blocking: Cagienard et al., "Move blocking strategies in receding horizon control", 2007).
struct StageGrid {
  std::vector<double> offset;    ///< seconds from now
  std::vector<double> duration;  ///< seconds

  std::size_t size() const { return offset.size(); }
  double end() const { return offset.empty() ? 0.0 : offset.back() + duration.back(); }
};

/// Stages of `period` seconds up to the start-up lag + 2 periods, then growing by 1.5 until `horizon` is covered.
/// The horizon in force is at least startup + 4 periods; at most `max_stages` stages.
StageGrid make_stages(Seconds period, Seconds horizon, Seconds startup, std::size_t max_stages = 24);

}  // namespace spillway
