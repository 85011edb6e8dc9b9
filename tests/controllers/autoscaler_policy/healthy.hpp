#pragma once
#include "controllers/autoscaler_policy/findings.hpp"

namespace spillway::autoscaler_policy {

/// A policy in good order: five replicas, all metrics there, a plan at hand.
inline Findings healthy() {
  Findings findings;
  findings.now = Seconds(1000);
  Verdict verdict;
  verdict.observation.arrival_rate = Reading::of(100, Seconds(999));
  verdict.observation.replicas = verdict.observation.ready = 5;
  verdict.decision.replicas = 5;
  verdict.decision.reason = "SteadyState";
  verdict.decision.message = "stay at 5";
  verdict.trace.estimate.demand_known = verdict.trace.estimate.warm = true;
  verdict.trace.estimate.arrival_rate = {100, 1};
  verdict.trace.estimate.capacity = {25, 1};
  verdict.trace.plan.status = plan::SolveStatus::kOptimal;
  verdict.trace.plan.quality = plan::PlanQuality::kExact;
  findings.verdict = std::move(verdict);
  return findings;
}

}  // namespace spillway::autoscaler_policy
