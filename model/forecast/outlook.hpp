#pragma once
#include <array>
#include <optional>
#include <vector>

#include "model/base/stages.hpp"
#include "model/forecast/forecast.hpp"

namespace spillway::forecast {

/// What the service can do about the demand ahead, as planned.
struct CapacityAhead {
  double backlog = 0.0;          ///< requests waiting now
  std::vector<double> capacity;  ///< requests per second that the ready replicas serve, per stage
  double max_wait = 0.5;         ///< seconds; the backlog's limit is max_wait x capacity
};

/// Trouble ahead, read off the demand paths.
struct Outlook {
  static constexpr std::array<double, 3> kLevels = {0.1, 0.5, 0.9};

  /// P(backlog over its limit at some time within kBreachWithin seconds).
  double breach_probability = 0.0;
  /// Seconds until demand passes capacity with probability kLevels[i]: what comes sooner in the bad case, the median, and
  /// what comes in nine of ten cases. Absent: not within the horizon with that probability.
  std::array<std::optional<double>, kLevels.size()> time_to_saturation;

  const std::optional<double>& median_time_to_saturation() const { return time_to_saturation[1]; }
};

inline constexpr double kBreachWithin = 60.0;

/// Follows each path with a fluid queue through the stages. Nothing is known of a capacity beyond its last entry: the path ends
/// there. Precondition: the scenarios' rates are as long as the grid.
Outlook look_ahead(const StageGrid& grid, const std::vector<DemandScenario>& scenarios, const CapacityAhead& ahead);

}  // namespace spillway::forecast
