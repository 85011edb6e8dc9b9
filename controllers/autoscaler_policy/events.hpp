#pragma once
#include <span>
#include <string>
#include <vector>

#include "crds/v1alpha1/types.hpp"
#include "operator/kube/events.hpp"

/// What people are told with `kubectl describe`: named pure functions, one per kind of event. One per move and one per
/// change of a condition that matters, never one per tick.
namespace spillway::autoscaler_policy {

/// The policy that an event is about.
kube::ObjectReference reference_to(const v1alpha1::ObjectMetadata& policy);

kube::Event scaled(const kube::ObjectReference& policy, Replicas from, Replicas to, const std::string& reason,
                   const std::string& message);
/// The events that follow from conditions that turned: each problem when it begins, and when it ends if somebody waits
/// for that.
std::vector<kube::Event> condition_events(const kube::ObjectReference& policy,
                                          std::span<const v1alpha1::Condition> before,
                                          std::span<const v1alpha1::Condition> after);

}  // namespace spillway::autoscaler_policy
