#include "model/plan/insight.hpp"

#include <algorithm>
#include <map>

namespace spillway::plan {
namespace {

/// A price below this many first stages is noise.
constexpr double kNoise = 0.05;

/// What one more ready replica in stage k would save: lateness by randomness and set point beyond n_k, and the backlog it serves.
double worth_of_ready(const Model& model, const Program& program, const LinearSolution& relaxed, std::size_t k) {
  const double ready = relaxed.value[static_cast<std::size_t>(program.layout.ready[k])];
  double worth = model.ready_cost[k](ready) - model.ready_cost[k](ready + 1.0);
  for (const auto& rows : program.layout.backlog_rows) worth += relaxed.dual[static_cast<std::size_t>(rows[k])];
  return worth * model.duration[k];
}

}  // namespace

void find_shadow_prices(Plan& plan, const PlanRequest& request, const Model& model, const Program& program,
                        const LinearSolution& relaxed) {
  std::map<std::string, double> prices;
  const auto reduced = [&](int column) { return relaxed.reduced_cost[static_cast<std::size_t>(column)] * model.period; };
  for (std::size_t k = 0; k < model.stages(); ++k) {
    const StageBounds& b = model.bounds[k];
    const double wanted = reduced(program.layout.wanted[k]);  // > 0 at a lower bound, < 0 at an upper one
    prices[b.min_source] += std::max(0.0, wanted);
    prices[b.max_source] += std::max(0.0, -wanted);
    prices[b.start_limit] += std::max(0.0, -reduced(program.layout.start[k]));
    prices[b.stop_limit] += std::max(0.0, -reduced(program.layout.stop[k]));
    const double share = model.limits[k].known_share;  // of the stage lies within the lag
    if (share > 0.0) prices["startupLag"] += share * worth_of_ready(model, program, relaxed, k) * model.period;
  }
  prices.erase("");
  for (const auto& [name, price] : prices) {
    if (price > kNoise * request.grid.duration[0]) plan.prices.push_back({name, price});
  }
  std::ranges::stable_sort(plan.prices, std::ranges::greater{}, &ShadowPrice::price);
  if (!plan.prices.empty()) plan.binding_constraint = plan.prices.front().constraint;
}

void describe_path(Plan& plan, const PlanRequest& request, const Model& model, std::span<const double> wanted,
                   const Evaluation& evaluation) {
  const double unit = request.capacity * model.period;  // requests per unit of work
  plan.stages.clear();
  for (std::size_t k = 0; k < model.stages(); ++k) {
    double backlog = 0.0;
    for (std::size_t s = 0; s < model.scenarios(); ++s) backlog += model.probability[s] * evaluation.backlog[s][k] * unit;
    plan.stages.push_back({request.grid.offset[k], wanted[k], evaluation.ready[k], backlog});
  }
}

}  // namespace spillway::plan
