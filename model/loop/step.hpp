#pragma once
#include <memory>
#include <span>

#include "model/base/observation.hpp"
#include "model/base/policy.hpp"
#include "model/decide/decision.hpp"
#include "model/estimate/state_estimate.hpp"
#include "model/forecast/forecast.hpp"
#include "model/forecast/outlook.hpp"
#include "model/plan/plan.hpp"

namespace spillway::loop {

/// All that one policy's controller remembers between steps: estimator, forecaster, past moves, warm start. A value: copying it
/// forks the future, which is how what-if and drills work. Opaque here; memory.hpp has the contents.
class Memory {
 public:
  /// Fresh memory. `history` (ascending times, usually from one Prometheus range query) warms the forecaster and, when it
  /// is recent, lifts the restriction that a fresh controller may not shrink.
  static Memory fresh(const Policy& policy, std::span<const HistoryPoint> history, Seconds now);

  Memory(const Memory&);
  Memory(Memory&&) noexcept;
  Memory& operator=(const Memory&);
  Memory& operator=(Memory&&) noexcept;
  ~Memory();

  struct Contents;
  Contents& contents() { return *contents_; }
  const Contents& contents() const { return *contents_; }

 private:
  explicit Memory(std::unique_ptr<Contents> contents);
  std::unique_ptr<Contents> contents_;
};

/// How the decision came about: the intermediate results of the pure stages.
struct Trace {
  estimate::StateEstimate estimate;
  StageGrid grid;
  forecast::DisturbanceForecast forecast;
  plan::Plan plan;
  forecast::Outlook outlook;  ///< of the plan's scenarios under the plan; says nothing when there is no plan
};

struct StepResult {
  decide::Decision decision;
  Memory memory;
  Trace trace;
};

/// The control law: estimate -> forecast -> plan -> decide. Pure and deterministic; the operator, the simulator, `spillway step`,
/// replay, tuning and the benchmarks all call this one function. `now` must not decrease from step to step of one memory.
StepResult step(const Observation& observation, Memory memory, const Policy& policy, Seconds now);

}  // namespace spillway::loop
