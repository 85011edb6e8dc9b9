#include "model/plan/bounds.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::plan {
namespace {

constexpr double kNoLimit = 1e9;

double entry(const std::vector<Replicas>& values, std::size_t stage, double otherwise) {
  return values.empty() ? otherwise : values[std::min(stage, values.size() - 1)];
}

/// Whole control periods that pass between the decision of the stage before and that of stage k.
double periods_before(const StageGrid& grid, std::size_t k) {
  return k == 0 ? 1.0 : std::max(1.0, std::floor(grid.duration[k - 1] / grid.duration[0] + 1e-6));
}

void limit_moves(double& most, std::string& source, std::optional<Replicas> step, double periods, bool cooling, bool budget_spent) {
  most = kNoLimit;
  if (step) {
    most = std::max(0, *step) * periods;
    source = *step > 0 ? "stepLimit" : "frozen";
  }
  if (cooling || budget_spent) {
    most = 0.0;
    source = cooling ? "cooldown" : "flapBudget";
  }
}

}  // namespace

std::vector<StageBounds> reconcile_bounds(const PlanRequest& request) {
  const StageGrid& grid = request.grid;
  std::vector<StageBounds> bounds(grid.size());
  const double usual_min = request.min_replicas.empty() ? 0.0 : *std::ranges::min_element(request.min_replicas);
  const double usual_max = request.max_replicas.empty() ? kNoLimit : *std::ranges::max_element(request.max_replicas);
  double low = request.current;  // what can be reached so far
  double high = request.current;
  for (std::size_t k = 0; k < grid.size(); ++k) {
    StageBounds& b = bounds[k];
    b.min = std::max(0.0, entry(request.min_replicas, k, 0.0));
    b.max = std::max(b.min, entry(request.max_replicas, k, kNoLimit));
    if (b.min > usual_min) b.min_source = "schedule";
    if (b.max < usual_max) b.max_source = "schedule";
    const bool budget_spent = k == 0 && request.moves_left == 0;
    const double periods = periods_before(grid, k);
    limit_moves(b.start_max, b.start_limit, request.max_step_up, periods, grid.offset[k] < request.no_growth_for, budget_spent);
    limit_moves(b.stop_max, b.stop_limit, request.max_step_down, periods, grid.offset[k] < request.no_shrink_for, budget_spent);
    b.start_max = std::max(b.start_max, b.min - high);
    b.stop_max = std::max(b.stop_max, low - b.max);
    low = std::max(low - b.stop_max, b.min);
    high = std::min(high + b.start_max, b.max);
  }
  return bounds;
}

}  // namespace spillway::plan
