#pragma once
#include <span>

#include "bench/laws/law.hpp"
#include "model/base/policy.hpp"
#include "model/loop/step.hpp"

namespace spillway::bench {

/// The controller under test: the same loop::step() that the operator calls, nothing else.
class SpillwayLaw : public Law {
 public:
  /// `history` is what a range query would have given at the start (times before the first decision).
  SpillwayLaw(Policy policy, std::span<const HistoryPoint> history = {}, Seconds start = Seconds(0.0));
  /// Goes on from a memory, such as a copy of what the operator remembers of a policy: then times are those of the memory.
  SpillwayLaw(Policy policy, loop::Memory memory);

  std::string name() const override { return "Spillway"; }
  double period() const override { return policy_.control_period.value(); }
  Replicas decide(const Sight& sight) override;

  const Policy& policy() const { return policy_; }
  const decide::Decision& last_decision() const { return decision_; }
  const loop::Trace& last_trace() const { return trace_; }

 private:
  Policy policy_;
  loop::Memory memory_;
  decide::Decision decision_;
  loop::Trace trace_;
};

}  // namespace spillway::bench
