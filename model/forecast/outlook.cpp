#include "model/forecast/outlook.hpp"

#include <algorithm>
#include <utility>

namespace spillway::forecast {
namespace {

/// Whether the backlog stands over its limit at the beginning or end of a stage, or, where the stage reaches past it, at
/// kBreachWithin: within a stage the backlog moves along a line.
bool breaches(const StageGrid& grid, const DemandScenario& path, const CapacityAhead& ahead) {
  double backlog = ahead.backlog;
  for (std::size_t k = 0; k < std::min(grid.size(), ahead.capacity.size()); ++k) {
    const double limit = ahead.max_wait * ahead.capacity[k] + 1e-9;
    if (grid.offset[k] < kBreachWithin && backlog > limit) return true;
    const double span = std::min(grid.duration[k], kBreachWithin - grid.offset[k]);
    if (span <= 0.0) return false;
    backlog = std::max(0.0, backlog + span * (path.rate[k] - ahead.capacity[k]));
    if (backlog > limit) return true;
  }
  return false;
}

std::optional<double> saturation(const StageGrid& grid, const DemandScenario& path, const CapacityAhead& ahead) {
  for (std::size_t k = 0; k < std::min(grid.size(), ahead.capacity.size()); ++k)
    if (path.rate[k] > ahead.capacity[k] + 1e-9) return grid.offset[k];
  return std::nullopt;
}

}  // namespace

Outlook look_ahead(const StageGrid& grid, const std::vector<DemandScenario>& scenarios, const CapacityAhead& ahead) {
  Outlook outlook;
  std::vector<std::pair<double, double>> times;
  for (const DemandScenario& path : scenarios) {
    if (breaches(grid, path, ahead)) outlook.breach_probability += path.probability;
    if (const auto time = saturation(grid, path, ahead)) times.emplace_back(*time, path.probability);
  }
  outlook.breach_probability = std::min(1.0, outlook.breach_probability);
  std::ranges::sort(times);
  double mass = 0.0;
  std::size_t level = 0;
  for (const auto& [time, probability] : times) {
    mass += probability;
    while (level < Outlook::kLevels.size() && mass >= Outlook::kLevels[level] - 1e-9) outlook.time_to_saturation[level++] = time;
  }
  return outlook;
}

}  // namespace spillway::forecast
