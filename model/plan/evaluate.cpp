#include <algorithm>
#include <cmath>

#include "model/plan/program.hpp"

namespace spillway::plan {
namespace {

/// The backlog of one scenario at the end of each stage.
std::vector<double> backlog_path(const Model& model, std::size_t s, std::span<const double> ready) {
  std::vector<double> path;
  double waiting = model.backlog;
  double stuck = model.pools() ? model.backlog : 0.0;
  for (std::size_t k = 0; k < model.stages(); ++k) {
    const double duration = model.duration[k];
    waiting = std::max(0.0, waiting + duration * (model.load[s][k] - ready[k]) - model.abandoned[s][k]);
    if (model.pools()) {
      const double serving = (1.0 - model.pooling) * model.ready_now + model.pooling * ready[k];
      stuck = std::max(0.0, stuck + duration * (model.joining[s][k] * model.load[s][k] - serving) - model.abandoned[s][k]);
      waiting = std::max(waiting, stuck);
    }
    path.push_back(waiting);
  }
  return path;
}

}  // namespace

Evaluation evaluate(const Model& model, std::span<const double> wanted) {
  Evaluation result;
  result.ready = plant::ready_path(model.limits, wanted);
  double before = model.current;
  for (std::size_t k = 0; k < model.stages(); ++k) {
    const double change = wanted[k] - before;
    result.cost += model.duration[k] * (wanted[k] + model.ready_cost[k](result.ready[k]));
    result.cost += change > 0.0 ? model.start_cost * change : -model.stop_cost * change;
    before = wanted[k];
  }
  for (std::size_t s = 0; s < model.scenarios(); ++s) {
    result.backlog.push_back(backlog_path(model, s, result.ready));
    for (std::size_t k = 0; k < model.stages(); ++k) {
      result.cost += model.probability[s] * model.backlog_cost(k, result.backlog.back()[k], result.ready[k]);
    }
  }
  return result;
}

bool keeps_bounds(const Model& model, std::span<const double> wanted, double tolerance) {
  double before = model.current;
  for (std::size_t k = 0; k < model.stages(); ++k) {
    const StageBounds& b = model.bounds[k];
    const double change = wanted[k] - before;
    if (!std::isfinite(wanted[k]) || wanted[k] < b.min - tolerance || wanted[k] > b.max + tolerance) return false;
    if (change > b.start_max + tolerance || -change > b.stop_max + tolerance) return false;
    before = wanted[k];
  }
  return true;
}

}  // namespace spillway::plan
