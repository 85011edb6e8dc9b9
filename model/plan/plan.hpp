#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/base/stages.hpp"
#include "model/base/units.hpp"
#include "model/forecast/forecast.hpp"

namespace spillway::plan {

/// How the solver ended.
enum class SolveStatus { kOptimal, kFeasible, kIterationLimit, kInfeasible, kNumericalTrouble, kNotRun };
/// Which rung of the fallback ladder the answer stands on (docs/control-law.md, "Integers, speed, safety").
enum class PlanQuality { kExact, kIncumbent, kRounded, kRule, kHold };

const char* to_string(SolveStatus status);
const char* to_string(PlanQuality quality);

/// Everything the program needs, already in base units. Built by loop/ from the estimate, the forecast and the policy.
struct PlanRequest {
  StageGrid grid;
  std::vector<forecast::DemandScenario> scenarios;  ///< rates per stage; probabilities sum to 1
  double backlog = 0.0;                             ///< requests waiting now
  double capacity = 1.0;                            ///< mu, requests per second and replica
  double concurrency = 1.0;                         ///< c
  double pooling = 1.0;                             ///< (0, 1]
  double service_variation = 1.0;                   ///< squared coefficient of variation of service times
  double arrival_variation = 1.0;                   ///< and of inter-arrival times
  double max_queue_delay = 0.5;                     ///< W, seconds
  double late_penalty = 1.0;                        ///< replica-seconds per late request
  double target_utilization = 0.8;                  ///< rho
  /// Replica-seconds per replica and second below ceil(lambda / (rho mu)) at the median scenario. Above 1 the set point
  /// is kept unless bounds forbid it; below 1 lateness alone decides; 0 = no floor.
  double target_price = 2.0;
  double start_cost = 0.0;  ///< replica-seconds per replica started
  double stop_cost = 0.0;
  std::optional<double> abandonment;  ///< longest wait before work is lost, seconds; none = all is kept

  Replicas current = 0;  ///< spec.replicas now
  Replicas ready = 0;
  /// Pending replicas and when each is due, seconds from now, ascending; unschedulable ones are left out.
  std::vector<double> pending_due;
  double startup = 0.0;  ///< L, seconds from asked to ready

  std::vector<Replicas> min_replicas;  ///< per stage: bounds and calendar
  std::vector<Replicas> max_replicas;
  std::optional<Replicas> max_step_up;  ///< per control period
  std::optional<Replicas> max_step_down;
  double no_shrink_for = 0.0;  ///< cooldown left, seconds
  double no_growth_for = 0.0;
  int moves_left = -1;  ///< flap budget in the present hour, -1 = no limit
};

/// What a solve leaves for the next one of the same policy (warm start). Opaque; belongs to Memory, so replay is exact.
struct Basis {
  std::vector<unsigned char> rows, columns;
  std::size_t shape = 0;  ///< hash of the program's shape; another shape starts cold
};

struct PlanStage {
  double offset = 0.0;    ///< seconds from now
  double replicas = 0.0;  ///< wanted; whole in the first stage
  double ready = 0.0;
  double backlog = 0.0;  ///< mean over scenarios, at the end of the stage
};

struct ShadowPrice {
  std::string constraint;  ///< "maxReplicas", "cooldown", "startupLag", ...
  double price = 0.0;      ///< replica-seconds saved per unit of relaxation
};

struct Plan {
  Replicas first = 0;  ///< the move: replicas for the first stage
  double raw = 0.0;    ///< the relaxation's first stage
  std::vector<PlanStage> stages;
  double cost = 0.0;   ///< replica-seconds, expected over the scenarios
  double bound = 0.0;  ///< lower bound on it
  double gap = 0.0;    ///< (cost - bound) / cost
  double envelope_gap =
      0.0;  ///< late requests per second by which the convex envelope may fall short, worst stage (plant/lateness.hpp)
  SolveStatus status = SolveStatus::kNotRun;
  PlanQuality quality = PlanQuality::kHold;
  std::string binding_constraint;
  std::vector<ShadowPrice> prices;
  int iterations = 0;                        ///< simplex iterations and labels: counted work, never wall time
  /// Simplex attempts of this solve, counted from 0, that the safety net in wall time cut short: empty unless the
  /// machine stood still. Handed to solve() again they are cut again, so that a record replays to the same plan.
  std::vector<int> time_limited;
  Basis basis;
};

/// The best plan for `request` (design/model.md). Deterministic: the same request and the same warm start give the same
/// plan, on any thread. Always answers: a request that makes no sense (no stages or scenarios, NaN, capacity <= 0) gets
/// a plan that holds; bounds that clash are reconciled first, minimum and maximum before steps, cooldown and flap
/// budget. `warm_start` is the basis of the same policy's last plan, or null.
Plan solve(const PlanRequest& request, const Basis* warm_start, std::span<const int> time_limited = {});

}  // namespace spillway::plan
