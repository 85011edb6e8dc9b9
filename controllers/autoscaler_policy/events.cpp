#include "controllers/autoscaler_policy/events.hpp"

#include "crds/v1alpha1/conditions.hpp"

namespace spillway::autoscaler_policy {
namespace {

using v1alpha1::ConditionStatus;

/// A condition that people want to hear about when it turns bad, and when it turns good again.
struct Watched {
  const char* type;
  ConditionStatus bad;
  const char* action;
};

constexpr Watched kWatched[] = {
    {v1alpha1::kReady, ConditionStatus::kFalse, "Reconcile"},
    {v1alpha1::kAbleToScale, ConditionStatus::kFalse, "Scale"},
    {v1alpha1::kMetricsFresh, ConditionStatus::kFalse, "Observe"},
    {v1alpha1::kSolverHealthy, ConditionStatus::kFalse, "Plan"},
    {v1alpha1::kConflicted, ConditionStatus::kTrue, "Yield"},
    {v1alpha1::kFallbackActive, ConditionStatus::kTrue, "FallBack"},
};

kube::Event problem(const kube::ObjectReference& policy, const Watched& watched, const v1alpha1::Condition& now) {
  return {.regarding = policy,
          .type = kube::EventType::kWarning,
          .reason = now.reason,
          .action = watched.action,
          .note = now.message,
          .dedupe_key = std::string(watched.type) + "/" + now.reason};
}

kube::Event recovery(const kube::ObjectReference& policy, const Watched& watched, const v1alpha1::Condition& before,
                     const v1alpha1::Condition& now) {
  return {.regarding = policy,
          .type = kube::EventType::kNormal,
          .reason = now.reason,
          .action = watched.action,
          .note = std::string(watched.type) + " is " + (now.status == ConditionStatus::kTrue ? "True" : "False") +
                  " again; it was " + before.reason + ". " + now.message,
          .dedupe_key = std::string(watched.type) + "/recovered"};
}

}  // namespace

kube::ObjectReference reference_to(const v1alpha1::ObjectMetadata& policy) {
  return {v1alpha1::kApiVersion, v1alpha1::kAutoscalerPolicyKind, policy.namespace_name, policy.name, policy.uid};
}

kube::Event scaled(const kube::ObjectReference& policy, Replicas from, Replicas to, const std::string& reason,
                   const std::string& message) {
  return {.regarding = policy,
          .type = kube::EventType::kNormal,
          .reason = reason,
          .action = to > from ? "ScaleUp" : "ScaleDown",
          .note = message,
          .dedupe_key = {}};
}

std::vector<kube::Event> condition_events(const kube::ObjectReference& policy,
                                          std::span<const v1alpha1::Condition> before,
                                          std::span<const v1alpha1::Condition> after) {
  std::vector<kube::Event> events;
  for (const Watched& watched : kWatched) {
    const v1alpha1::Condition* now = v1alpha1::find_condition(after, watched.type);
    const v1alpha1::Condition* then = v1alpha1::find_condition(before, watched.type);
    if (!now) continue;
    const bool is_bad = now->status == watched.bad;
    const bool was_bad = then && then->status == watched.bad;
    if (is_bad && (!was_bad || then->reason != now->reason)) events.push_back(problem(policy, watched, *now));
    if (was_bad && !is_bad && now->status != ConditionStatus::kUnknown)
      events.push_back(recovery(policy, watched, *then, *now));
  }
  return events;
}

}  // namespace spillway::autoscaler_policy
