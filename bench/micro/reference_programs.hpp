#pragma once
#include <cmath>
#include <random>

#include "bench/micro/any_request.hpp"
#include "model/plan/exact_path.hpp"
#include "model/plan/glpk_solver.hpp"
#include "model/plan/program.hpp"

namespace spillway::plan::testing {

/// The reference program of design/model.md, one period after another: one scenario whose rates all differ (by 4 % from one to the next, as a busy minute-by-minute trace does), no lag, replicas, moves of at most
/// eight and the backlog's price. Lateness by randomness and the set point, whose bends at whole counts make the relaxation nearly
/// whole by itself, are left out.
class ReferencePrograms {
 public:
  explicit ReferencePrograms(std::size_t stages) : stages_(stages) {
    request_.grid = uniform_grid(stages);
    request_.capacity = 25.0;
    request_.late_penalty = 0.3;
    request_.max_queue_delay = 0.5;
    request_.start_cost = request_.stop_cost = 7.5;
    request_.max_step_up = request_.max_step_down = 8;
    request_.min_replicas = {2};
    request_.max_replicas = {70};
    request_.current = request_.ready = 10;
    while (rates_.size() < stages) add_rate();
  }
  Model next() {
    add_rate();
    rates_.erase(rates_.begin());
    request_.scenarios = {{1.0, rates_}};
    Model model = make_model(request_);
    model.ready_cost.assign(stages_, {});
    return model;
  }
  void follow(double first) {
    request_.current = request_.ready = static_cast<Replicas>(first);
    request_.backlog = std::max(0.0, request_.backlog + 15.0 * (rates_[0] - 25.0 * first));
  }

 private:
  void add_rate() {
    const double wave = 750.0 + 500.0 * std::sin(0.05 * static_cast<double>(added_++));
    rates_.push_back(wave * std::exp(0.03 * normal_(random_)));
  }

  std::size_t stages_;
  PlanRequest request_;
  std::vector<double> rates_;
  int added_ = 0;
  std::mt19937 random_{7};
  std::normal_distribution<double> normal_;
};

struct ReferenceSolution {
  std::optional<ExactPath> exact;
  double relaxed_cost = 0.0, relaxed_first = 0.0;
  int iterations = 0;
};

/// Relaxation by the warm dual simplex and labels on its duals, as the planner does it; `basis` goes from program to program.
inline ReferenceSolution solve_reference(const Model& model, const Program& program, Basis& basis) {
  GlpkSession session(program.linear, basis.rows.empty() ? nullptr : &basis, {});
  const LinearSolution relaxed = session.solve();
  std::vector<double> duals, path;
  for (int row : program.layout.backlog_rows[0]) duals.push_back(relaxed.dual[static_cast<std::size_t>(row)]);
  for (int column : program.layout.wanted) path.push_back(relaxed.value[static_cast<std::size_t>(column)]);
  basis = session.basis();
  return {find_exact_path(model, duals, path), relaxed.objective, path[0], relaxed.iterations};
}

}  // namespace spillway::plan::testing
