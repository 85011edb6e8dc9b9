#include <algorithm>
#include <cmath>

#include "model/baseline/one_line_rule.hpp"
#include "model/plan/exact_path.hpp"
#include "model/plan/glpk_solver.hpp"
#include "model/plan/insight.hpp"
#include "model/plan/plan.hpp"
#include "model/plan/program.hpp"

namespace spillway::plan {
namespace {

constexpr double kWhole = 1e-6;      // replicas: closer than this is whole
constexpr double kTie = 1e-7;        // of the cost: not worth a move
constexpr double kTolerance = 1e-6;  // of the largest replica count, for the check after the solve

bool is_non_negative(double x) { return std::isfinite(x) && x >= 0.0; }

bool makes_sense(const PlanRequest& r) {
  const std::size_t stages = r.grid.size();
  if (stages == 0 || r.grid.duration.size() != stages || r.scenarios.empty() || r.current < 0 || r.ready < 0) return false;
  for (std::size_t k = 0; k < stages; ++k) {
    if (!std::isfinite(r.grid.offset[k]) || !std::isfinite(r.grid.duration[k]) || r.grid.duration[k] <= 0.0) return false;
  }
  for (const auto& scenario : r.scenarios) {
    if (scenario.rate.size() != stages || !is_non_negative(scenario.probability)) return false;
    if (!std::ranges::all_of(scenario.rate, [](double rate) { return std::isfinite(rate); })) return false;
  }
  const double non_negative[] = {r.backlog,           r.concurrency,     r.pooling, r.service_variation, r.arrival_variation,
                                 r.max_queue_delay,   r.late_penalty,    r.startup, r.start_cost,        r.stop_cost,
                                 r.abandonment.value_or(0.0)};
  return std::ranges::all_of(non_negative, is_non_negative) && std::isfinite(r.target_price) && std::isfinite(r.capacity) &&
         r.capacity > 0.0 && std::isfinite(r.target_utilization) && r.target_utilization > 0.0;
}

/// The last rung: stay, within the bounds of the first stage.
Plan hold(const PlanRequest& request) {
  Plan plan;
  const Replicas least = request.min_replicas.empty() ? 0 : request.min_replicas.front();
  const Replicas most = request.max_replicas.empty() ? request.current : std::max(least, request.max_replicas.front());
  plan.first = std::min(std::max(request.current, least), std::max(most, least));
  plan.raw = plan.first;
  return plan;
}

/// One candidate for the first move with the relaxed plan behind it.
struct Candidate {
  Replicas first = 0;
  std::vector<double> wanted;
  Evaluation evaluation;
};

std::vector<double> wanted_path(const Layout& layout, const LinearSolution& solution) {
  std::vector<double> wanted;
  for (int column : layout.wanted) wanted.push_back(solution.value[static_cast<std::size_t>(column)]);
  return wanted;
}

/// Climbs the rungs of the fallback ladder for one request.
class Planner {
 public:
  Planner(const PlanRequest& request, const Basis* warm_start, std::span<const int> time_limited)
      : request_(request),
        model_(make_model(request)),
        program_(build_program(model_)),
        session_(program_.linear, warm_start, budget(), time_limited) {}

  Plan run() {
    const LinearSolution relaxed = session_.solve();
    note(relaxed);
    plan_.status = relaxed.status;
    if (relaxed.usable()) {
      plan_.basis = session_.basis();
      plan_.bound = relaxed.objective + program_.constant;
      plan_.raw = relaxed.value[static_cast<std::size_t>(program_.layout.wanted[0])];
      find_shadow_prices(plan_, request_, model_, program_, relaxed);
      if (!take_exact_path(relaxed)) branch_on_first_move(relaxed);
      if (best_) finish(all_branches_solved_ ? PlanQuality::kExact : PlanQuality::kIncumbent);
      else follow(round_up(wanted_path(program_.layout, relaxed)), PlanQuality::kRounded);
    }
    if (!best_) follow(rule_path(), PlanQuality::kRule);
    plan_.time_limited = session_.time_limited();
    return best_ ? std::move(plan_) : hold(request_);
  }

 private:
  /// Counted work. A solve takes about as many iterations as there are rows when cold, a twentieth of that when warm; one that
  /// takes several times as many is going round in circles.
  SolveBudget budget() const {
    const int stages = static_cast<int>(model_.stages());
    return {200 + 15 * stages, 500 + 4 * static_cast<int>(program_.linear.rows.size())};
  }

  void note(const LinearSolution& solution) {
    plan_.iterations += solution.iterations;
  }

  /// Where the label program applies, its path is the optimum in whole replicas, with the certificate as bound: of the capped
  /// cost, or where its budget does not last for that (a deep overload, all late whatever is done), of the linear one.
  bool take_exact_path(const LinearSolution& relaxed) {
    if (!model_.separable()) return false;
    std::vector<double> duals;
    for (int row : program_.layout.backlog_rows.front()) duals.push_back(relaxed.dual[static_cast<std::size_t>(row)]);
    const std::vector<double> path = wanted_path(program_.layout, relaxed);
    for (bool capped : {true, false}) {
      model_.capped = capped;
      const auto exact = find_exact_path(model_, duals, path);
      if (!exact || !keeps_bounds(model_, exact->wanted, tolerance())) continue;
      best_ = Candidate{static_cast<Replicas>(std::lround(exact->wanted[0])), exact->wanted, evaluate(model_, exact->wanted)};
      plan_.bound = exact->bound;
      plan_.iterations += exact->labels;
      return true;
    }
    return false;
  }

  /// The relaxed cost is convex in the first move: the best whole one is next to the relaxed one. The present count is tried too,
  /// because a move must be worth its while.
  void branch_on_first_move(const LinearSolution& relaxed) {
    const auto down = static_cast<Replicas>(std::floor(plan_.raw + kWhole));
    const auto up = static_cast<Replicas>(std::ceil(plan_.raw - kWhole));
    if (up == down) consider(up, relaxed);
    else {
      branch(down);
      branch(up);
    }
    if (request_.current != down && request_.current != up) {
      if (std::abs(request_.current - plan_.raw) < 2.0) branch(request_.current);
    }
  }

  void branch(Replicas first) {
    const StageBounds& b = model_.bounds[0];
    if (first < b.min || first > b.max || first - request_.current > b.start_max || request_.current - first > b.stop_max) return;
    const LinearSolution solution = session_.solve_with_fixed(program_.layout.wanted[0], first);
    note(solution);
    if (solution.usable()) consider(first, solution);
    else if (solution.status != SolveStatus::kInfeasible) all_branches_solved_ = false;
  }

  /// Takes the candidate if it keeps every bound and is cheaper, both judged from the model, not from the solver's words.
  void consider(Replicas first, const LinearSolution& solution) {
    Candidate candidate{first, wanted_path(program_.layout, solution), {}};
    candidate.wanted[0] = first;
    if (!keeps_bounds(model_, candidate.wanted, tolerance())) {
      all_branches_solved_ = false;
      return;
    }
    candidate.evaluation = evaluate(model_, candidate.wanted);
    if (!std::isfinite(candidate.evaluation.cost)) {
      all_branches_solved_ = false;
      return;
    }
    if (!best_ || is_better(candidate)) best_ = std::move(candidate);
  }

  bool is_better(const Candidate& candidate) const {
    const double tie = kTie * std::abs(best_->evaluation.cost);
    if (candidate.first == request_.current) return candidate.evaluation.cost <= best_->evaluation.cost + tie;
    if (best_->first == request_.current) return candidate.evaluation.cost < best_->evaluation.cost - tie;
    return candidate.evaluation.cost < best_->evaluation.cost;
  }

  double tolerance() const { return kTolerance * std::max(1.0, static_cast<double>(request_.current) + plan_.raw); }

  std::vector<double> round_up(std::vector<double> wanted) const {
    for (double& w : wanted) w = std::ceil(w - kWhole);
    return wanted;
  }

  /// The one-line rule for every stage, at the mean load; the backlog is to be drained within a start-up lag or two periods.
  std::vector<double> rule_path() const {
    const double drain = std::max(request_.startup, 2.0 * request_.grid.duration[0]);
    std::vector<double> wanted;
    for (std::size_t k = 0; k < model_.stages(); ++k) {
      double rate = 0.0;
      for (const auto& scenario : request_.scenarios) rate += scenario.probability * scenario.rate[k];
      wanted.push_back(baseline::one_line_rule(rate, k == 0 ? request_.backlog : 0.0, drain, request_.target_utilization,
                                               request_.capacity));
    }
    return wanted;
  }

  /// Takes a path of whole replicas, moved into the bounds.
  void follow(std::vector<double> wanted, PlanQuality quality) {
    double before = model_.current;
    for (std::size_t k = 0; k < model_.stages(); ++k) {
      const StageBounds& b = model_.bounds[k];
      const double reachable = std::clamp(wanted[k], before - b.stop_max, before + b.start_max);
      before = wanted[k] = std::clamp(reachable, b.min, b.max);
    }
    best_ = Candidate{static_cast<Replicas>(std::lround(wanted[0])), wanted, evaluate(model_, wanted)};
    if (quality == PlanQuality::kRule) plan_.raw = wanted[0];
    finish(quality);
  }

  void finish(PlanQuality quality) {
    plan_.quality = quality;
    plan_.first = best_->first;
    const Evaluation& result = best_->evaluation;
    plan_.cost = result.cost * model_.period;
    plan_.bound *= model_.period;
    plan_.gap = plan_.cost > 0.0 ? std::max(0.0, plan_.cost - plan_.bound) / plan_.cost : 0.0;
    plan_.envelope_gap = model_.envelope_gap;
    describe_path(plan_, request_, model_, best_->wanted, result);
  }

  const PlanRequest& request_;
  Model model_;
  Program program_;
  GlpkSession session_;
  Plan plan_;
  std::optional<Candidate> best_;
  bool all_branches_solved_ = true;
};

}  // namespace

const char* to_string(SolveStatus status) {
  switch (status) {
    case SolveStatus::kOptimal: return "Optimal";
    case SolveStatus::kFeasible: return "Feasible";
    case SolveStatus::kIterationLimit: return "IterationLimit";
    case SolveStatus::kInfeasible: return "Infeasible";
    case SolveStatus::kNumericalTrouble: return "NumericalTrouble";
    case SolveStatus::kNotRun: return "NotRun";
  }
  return "Unknown";
}

const char* to_string(PlanQuality quality) {
  switch (quality) {
    case PlanQuality::kExact: return "Exact";
    case PlanQuality::kIncumbent: return "Incumbent";
    case PlanQuality::kRounded: return "Rounded";
    case PlanQuality::kRule: return "Rule";
    case PlanQuality::kHold: return "Hold";
  }
  return "Unknown";
}

Plan solve(const PlanRequest& request, const Basis* warm_start, std::span<const int> time_limited) {
  if (!makes_sense(request)) return hold(request);
  return Planner(request, warm_start, time_limited).run();
}

}  // namespace spillway::plan
