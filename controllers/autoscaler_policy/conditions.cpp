#include "controllers/autoscaler_policy/conditions.hpp"

#include <cmath>

namespace spillway::autoscaler_policy {
namespace {

using v1alpha1::ConditionStatus;
using v1alpha1::ConditionUpdate;

ConditionUpdate is_true(const char* type, std::string reason, std::string message) {
  return {type, ConditionStatus::kTrue, std::move(reason), std::move(message)};
}
ConditionUpdate is_false(const char* type, std::string reason, std::string message) {
  return {type, ConditionStatus::kFalse, std::move(reason), std::move(message)};
}

/// Whether a rival makes us yield; a DryRun or Paused policy writes nothing anyway and is fine beside one.
bool yields(const Findings& findings) {
  return findings.mode == Mode::kActive && (findings.rival || findings.other_writer.yielding);
}

ConditionUpdate conflicted(const Findings& findings) {
  if (findings.rival && findings.rival->gone) {
    return is_true(v1alpha1::kConflicted, findings.rival->reason,
                   findings.rival->who + " is gone; Spillway resumes when it has been gone for ten periods");
  }
  if (findings.rival) {
    return is_true(v1alpha1::kConflicted, findings.rival->reason,
                   findings.rival->who + " scales the same target; " + findings.rival->fix);
  }
  const auto& writer = findings.other_writer;
  if (writer.yielding) {
    return is_true(v1alpha1::kConflicted, "OtherWriter",
                   "\"" + writer.who + "\" keeps setting spec.replicas (now " + std::to_string(writer.wanted) +
                       "); take replicas out of what it applies. Spillway resumes when it has stopped for ten periods");
  }
  if (!writer.who.empty()) {
    return is_false(v1alpha1::kConflicted, "ManualChange",
                    "\"" + writer.who + "\" set " + std::to_string(writer.wanted) + " replicas; held for " +
                        std::to_string(std::lround(writer.left.value())) + " s more");
  }
  return is_false(v1alpha1::kConflicted, "NoRival", "nobody else scales the target");
}

ConditionUpdate ready(const Findings& findings) {
  if (findings.obstacle) return is_false(v1alpha1::kReady, findings.obstacle->reason, findings.obstacle->message);
  if (findings.cache_failure) {
    const bool forbidden = findings.cache_failure->kind == ErrorKind::kForbidden;
    return is_false(v1alpha1::kReady, forbidden ? "Forbidden" : "CacheStale",
                    "pods cannot be watched, holding: " + findings.cache_failure->message);
  }
  if (yields(findings)) {
    const ConditionUpdate conflict = conflicted(findings);
    return is_false(v1alpha1::kReady, "Conflicted", conflict.message);
  }
  if (findings.mode == Mode::kPaused)
    return is_true(v1alpha1::kReady, "Paused", "observing; replicas are held where they are");
  if (findings.mode == Mode::kDryRun)
    return is_true(v1alpha1::kReady, "DryRun", "deciding; nothing but this status is written");
  if (!findings.verdict->trace.estimate.warm)
    return is_true(v1alpha1::kReady, "WarmingUp", "operating; nothing shrinks until the model is warm");
  return is_true(v1alpha1::kReady, "Operating", "the policy is in force");
}

ConditionUpdate able_to_scale(const Findings& findings) {
  if (findings.obstacle) {
    return findings.obstacle->about_target
               ? is_false(v1alpha1::kAbleToScale, findings.obstacle->reason, findings.obstacle->message)
               : ConditionUpdate{v1alpha1::kAbleToScale, ConditionStatus::kUnknown, "NotTried",
                                 "no decision was taken"};
  }
  const WriteResult& write = findings.verdict->write;
  switch (write.outcome) {
    case WriteOutcome::kForbidden:
      return is_false(v1alpha1::kAbleToScale, "Forbidden",
                      "writing the target's scale is not permitted: " + write.message);
    case WriteOutcome::kFailed:
      return is_false(v1alpha1::kAbleToScale, "FailedUpdateScale", write.message);
    case WriteOutcome::kWritten:
      return is_true(v1alpha1::kAbleToScale, "SucceededRescale", "the target's scale was updated");
    default:
      return is_true(v1alpha1::kAbleToScale, "ReadyForNewScale", "the target's scale can be read");
  }
}

ConditionUpdate scaling_active(const Findings& findings) {
  if (findings.obstacle)
    return is_false(v1alpha1::kScalingActive, findings.obstacle->reason, findings.obstacle->message);
  if (findings.mode == Mode::kPaused) return is_false(v1alpha1::kScalingActive, "Paused", "mode is Paused");
  if (findings.mode == Mode::kDryRun) return is_false(v1alpha1::kScalingActive, "DryRun", "mode is DryRun");
  if (yields(findings)) return is_false(v1alpha1::kScalingActive, "Conflicted", "yielding to a rival");
  if (findings.cache_failure)
    return is_false(v1alpha1::kScalingActive, "CacheStale", "holding until pods can be watched again");
  if (!findings.verdict->trace.estimate.demand_known) {
    return is_false(v1alpha1::kScalingActive, findings.verdict->decision.reason, findings.verdict->decision.message);
  }
  return is_true(v1alpha1::kScalingActive, "ValidMetricFound", "demand is known and replicas follow it");
}

/// Guards that keep the plan from having its way, as opposed to those that protect against bad input.
bool limits(const decide::TrailEntry& entry) {
  for (const char* guard : {"MinMax", "Schedule", "StepLimit", "Cooldown", "FlapBudget", "Frozen", "PendingReady", "BlindAtZero"}) {
    if (entry.guard == guard) return true;
  }
  return false;
}

/// Limits that the plan keeps to by itself, so that no guard has to.
struct PlanLimit {
  const char* constraint;
  const char* reason;
  const char* message;
};

const PlanLimit* find_limit(const std::string& constraint) {
  static constexpr PlanLimit kLimits[] = {
      {"maxReplicas", "TooManyReplicas", "the plan would use more than maxReplicas"},
      {"stepLimit", "StepLimit", "the plan would move more replicas in a period"},
      {"frozen", "Frozen", "the plan would move in the direction that is frozen"},
      {"flapBudget", "FlapBudget", "the plan would move, but maxMovesPerHour is used up"},
  };
  for (const PlanLimit& limit : kLimits) {
    if (limit.constraint == constraint) return &limit;
  }
  return nullptr;
}

/// The window that is open now and at whose floor or ceiling the decision stands because of it.
const CalendarWindow* deciding_window(const Findings& findings) {
  const std::string& binding = findings.verdict->trace.plan.binding_constraint;
  if (binding != "schedule" && binding != "minReplicas" && binding != "maxReplicas") return nullptr;
  const Replicas decided = findings.verdict->decision.replicas;
  for (const CalendarWindow& window : findings.verdict->observation.calendar) {
    if (window.start > findings.now || findings.now >= window.end) continue;
    if (window.min_replicas == decided || window.max_replicas == decided) return &window;
  }
  return nullptr;
}

ConditionUpdate scaling_limited(const Findings& findings) {
  if (findings.obstacle) return is_false(v1alpha1::kScalingLimited, "NotDeciding", "no decision was taken");
  const auto& decision = findings.verdict->decision;
  for (auto entry = decision.trail.rbegin(); entry != decision.trail.rend(); ++entry) {
    if (!limits(*entry)) continue;
    if (entry->guard != "MinMax") return is_true(v1alpha1::kScalingLimited, entry->guard, entry->message);
    return is_true(v1alpha1::kScalingLimited, entry->after < entry->before ? "TooManyReplicas" : "TooFewReplicas",
                   entry->message);
  }
  if (const CalendarWindow* window = deciding_window(findings)) {
    return is_true(v1alpha1::kScalingLimited, "Schedule",
                   "the window " + window->name + " of the calendar asks for " + std::to_string(decision.replicas));
  }
  for (const auto& price : findings.verdict->trace.plan.prices) {
    if (const PlanLimit* limit = find_limit(price.constraint))
      return is_true(v1alpha1::kScalingLimited, limit->reason, limit->message);
  }
  return is_false(v1alpha1::kScalingLimited, "DesiredWithinRange", "the decision is what the plan wants");
}

ConditionUpdate metrics_fresh(const Findings& findings) {
  if (findings.obstacle)
    return {v1alpha1::kMetricsFresh, ConditionStatus::kUnknown, "NotObserved", "metrics were not asked for"};
  const Observation& seen = findings.verdict->observation;
  const std::pair<const char*, const Reading*> readings[] = {{"arrivalRate", &seen.arrival_rate},
                                                             {"backlog", &seen.backlog},
                                                             {"throughput", &seen.throughput},
                                                             {"latency", &seen.latency},
                                                             {"utilization", &seen.utilization}};
  std::string reason, message;
  for (const auto& [name, reading] : readings) {
    if (reading->usable() || reading->absence == Absence::kNotAsked) continue;
    if (reason.empty()) reason = to_string(reading->absence);
    if (!message.empty()) message += "; ";
    message += std::string(name) + ": " + to_string(reading->absence);
    if (!reading->detail.empty()) message += ": " + reading->detail;
  }
  if (reason.empty()) return is_true(v1alpha1::kMetricsFresh, "AllFresh", "every metric has a current value");
  return is_false(v1alpha1::kMetricsFresh, reason, message);
}

ConditionUpdate model_ready(const Findings& findings) {
  if (findings.obstacle)
    return {v1alpha1::kModelReady, ConditionStatus::kUnknown, "NotObserved", "no decision was taken"};
  const auto& estimate = findings.verdict->trace.estimate;
  if (!estimate.warm) return is_false(v1alpha1::kModelReady, "WarmingUp", "too little was seen to shrink");
  if (estimate.arrival_is_throughput) {
    return is_true(v1alpha1::kModelReady, "ArrivalIsThroughput",
                   "only completions are counted and no backlog is known: overload is inferred");
  }
  return is_true(v1alpha1::kModelReady, "Warm", "capacity, demand and start-up lag are known well enough");
}

ConditionUpdate solver_healthy(const Findings& findings) {
  if (findings.obstacle || findings.verdict->trace.plan.status == plan::SolveStatus::kNotRun) {
    return {v1alpha1::kSolverHealthy, ConditionStatus::kUnknown, "NotRun", "no plan was made"};
  }
  const plan::Plan& plan = findings.verdict->trace.plan;
  const std::string message = std::string("solver: ") + to_string(plan.status) + ", plan: " + to_string(plan.quality);
  if (plan.quality >= plan::PlanQuality::kRule)
    return is_false(v1alpha1::kSolverHealthy, to_string(plan.quality), message);
  return is_true(v1alpha1::kSolverHealthy, to_string(plan.quality), message);
}

ConditionUpdate fallback_active(const Findings& findings) {
  if (findings.verdict && findings.verdict->decision.fallback) {
    return is_true(v1alpha1::kFallbackActive, findings.verdict->decision.reason, findings.verdict->decision.message);
  }
  return is_false(v1alpha1::kFallbackActive, "NotNeeded", "decisions rest on metrics");
}

ConditionUpdate while_true(const char* type, bool is, const Obstacle* obstacle) {
  if (!is) return is_false(type, "Done", "");
  return is_true(type, obstacle->reason, obstacle->message);
}

}  // namespace

std::vector<ConditionUpdate> judge_conditions(const Findings& findings) {
  const Obstacle* obstacle = findings.obstacle ? &*findings.obstacle : nullptr;
  return {ready(findings),
          able_to_scale(findings),
          scaling_active(findings),
          scaling_limited(findings),
          metrics_fresh(findings),
          model_ready(findings),
          solver_healthy(findings),
          conflicted(findings),
          fallback_active(findings),
          while_true(v1alpha1::kReconciling, obstacle && !obstacle->needs_people, obstacle),
          while_true(v1alpha1::kStalled, obstacle && obstacle->needs_people, obstacle)};
}

}  // namespace spillway::autoscaler_policy
