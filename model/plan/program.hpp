#pragma once
#include <algorithm>
#include <span>
#include <vector>

#include "model/plan/bounds.hpp"
#include "model/plan/linear_program.hpp"
#include "model/plan/plan.hpp"
#include "model/plant/convex_curve.hpp"
#include "model/plant/startup_pipeline.hpp"

namespace spillway::plan {

/// The figures of a request that the linear program and its evaluation share, in the program's own units: time in first
/// stages, work in replica-stages, cost in replica-stages. So neither the time unit nor the request unit changes an
/// answer.
struct Model {
  double period = 1.0;                         ///< seconds of one time unit
  std::vector<double> duration;                ///< per stage
  std::vector<std::vector<double>> load;       ///< [scenario][stage]: replicas kept busy by the arrivals
  std::vector<std::vector<double>> abandoned;  ///< [scenario][stage]: work whose clients give up whatever is done
  std::vector<double> probability;
  double backlog = 0.0;
  double delay = 0.0;  ///< max_queue_delay
  bool capped =
      false;  ///< count no more late work in a stage than departs in it; the linear program cannot, see backlog_cost()
  double late_price = 0.0;           ///< per unit of late work
  std::vector<double> excess_price;  ///< per stage: price of the backlog beyond delay x ready at its end
  std::vector<plant::ConvexCurve>
      ready_cost;             ///< per stage and unit time, over n: late work by randomness, the set point
  double envelope_gap = 0.0;  ///< requests per second
  double start_cost = 0.0;
  double stop_cost = 0.0;
  double current = 0.0;
  double ready_now = 0.0;
  double pooling = 1.0;
  std::vector<std::vector<double>> joining;  ///< [scenario][stage]: plant::joining_share
  std::vector<StageBounds> bounds;
  std::vector<plant::StageLimits> limits;

  std::size_t stages() const { return duration.size(); }
  std::size_t scenarios() const { return probability.size(); }
  bool pools() const { return pooling < 1.0 && backlog > 0.0; }
  /// Whether replicas asked for in stage k serve in all of it: no start-up lag reaches into it.
  bool ready_at_once(std::size_t k) const;
  /// The reference program: one scenario, one queue, no lag. A stage then knows the past by its count and one backlog
  /// alone.
  bool separable() const;

  /// Price of a unit of work that waits at the end of stage k: next to nothing, but at the end of the plan what drains
  /// it.
  double waiting_price(std::size_t k) const {
    constexpr double kTightness = 1e-4;  // so that the reported backlog is the least one
    return kTightness * duration[k] + (k + 1 == stages() ? 1.0 : 0.0);
  }
  /// What `waiting` work at the end of stage k costs with `ready` replicas. Beyond the limit it is late: linear in the
  /// excess (model.cpp, excess_price), when `capped` at most what departs in the stage; at the end of the plan all of
  /// it.
  double backlog_cost(std::size_t k, double waiting, double ready) const {
    if (waiting <= 0.0) return 0.0;
    const double excess = std::max(0.0, waiting - delay * ready);
    double late = excess * excess_price[k];
    if (capped) late = std::min(late, late_price * duration[k] * ready);
    if (k + 1 == stages()) late += excess * late_price;
    return waiting * waiting_price(k) + late;
  }
};

Model make_model(const PlanRequest& request);

/// Most pieces of Model::ready_cost in a stage.
inline constexpr std::size_t kReadyPieces = 13;

/// Where the program keeps its variables and rows.
struct Layout {
  std::vector<int> wanted, ready, start, stop;  ///< columns per stage; ready is wanted where Model::ready_at_once()
  std::vector<std::vector<int>> waiting;        ///< columns [scenario][stage]
  std::vector<std::vector<int>> backlog_rows;   ///< rows [scenario][stage] of the backlog's balance
};

struct Program {
  LinearProgram linear;
  Layout layout;
  double constant = 0.0;  ///< cost that no decision changes
};

Program build_program(const Model& model);

/// A path of wanted replicas with all that follows from it, computed from the model without the solver.
struct Evaluation {
  std::vector<double> ready;
  std::vector<std::vector<double>> backlog;  ///< [scenario][stage], at the end
  double cost = 0.0;
};

/// What `wanted` costs when every ready replica that it allows is used.
Evaluation evaluate(const Model& model, std::span<const double> wanted);

/// True if `wanted` keeps bounds, steps, cooldown and flap budget within `tolerance` replicas.
bool keeps_bounds(const Model& model, std::span<const double> wanted, double tolerance);

}  // namespace spillway::plan
