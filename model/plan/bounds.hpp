#pragma once
#include <string>
#include <vector>

#include "model/plan/plan.hpp"

namespace spillway::plan {

/// What the wanted replicas may do in one stage, after clashes are settled.
struct StageBounds {
  double min = 0.0;
  double max = 0.0;
  double start_max = 0.0;  ///< most replicas started at the beginning of the stage
  double stop_max = 0.0;
  std::string start_limit;  ///< what sets start_max, in user words: "stepLimit", "frozen", "cooldown", "flapBudget" or empty
  std::string stop_limit;
  std::string min_source = "minReplicas";  ///< or "schedule", where a calendar raises it
  std::string max_source = "maxReplicas";
};

/// Bounds per stage such that a path exists from request.current. Where they clash the minimum beats the maximum, and
/// both beat step limits, cooldown and flap budget, which are widened by just what is needed. Missing entries at the
/// end of min_replicas or max_replicas repeat the last one.
std::vector<StageBounds> reconcile_bounds(const PlanRequest& request);

}  // namespace spillway::plan
