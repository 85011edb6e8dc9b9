#pragma once
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "model/base/observation.hpp"
#include "model/base/policy.hpp"
#include "model/decide/bounds.hpp"
#include "model/decide/demand_ahead.hpp"
#include "model/decide/move_history.hpp"
#include "model/estimate/state_estimate.hpp"
#include "model/plan/plan.hpp"

namespace spillway::decide {

/// What guards may look at. References into the step's own values.
struct GuardContext {
  const Observation& observation;
  const Policy& policy;
  const estimate::StateEstimate& estimate;
  const plan::Plan& plan;
  const MoveHistory& moves;
  Bounds bounds;
  bool cold = false;        ///< too little was seen since the start to shrink
  bool rising = false;      ///< the load is rising now
  DemandAhead ahead;
  Replicas wanted_lately = 0;  ///< the most that the plan asked for within the last few start-up lags
  bool blind_at_zero = false;  ///< without replicas demand could not be seen lately: its metrics come from the replicas themselves
  bool fallback = false;    ///< the declared fallback is in force: it may shrink without metrics, nothing else may
  Seconds now{0.0};
};

/// The load now or the highest that is likely until a replica asked for now is ready, requests per second.
inline double likely_rate(const GuardContext& c) { return std::max(c.estimate.arrival_rate.value, c.ahead.highest); }

/// A guard's objection: the number to use instead, and why.
struct Ruling {
  Replicas replicas = 0;
  std::string message;
};

/// One rule. `check` sees the number that the guards before it left and answers nothing if it agrees.
struct Guard {
  std::string_view name;
  std::optional<Ruling> (*check)(const GuardContext& context, Replicas proposed);
};

/// All guards in the order in which they apply; MinMax is last and always applies (docs/control-law.md, "Decision").
std::span<const Guard> guards();

}  // namespace spillway::decide
