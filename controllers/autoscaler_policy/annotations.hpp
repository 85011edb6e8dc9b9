#pragma once
#include <string>

#include "controllers/autoscaler_policy/policy_object.hpp"

/// What people ask of a policy without changing its spec: a new value is a new request.
namespace spillway::autoscaler_policy {

inline constexpr const char* kDecideNow = "autoscaling.spillway.dev/decide-now";  ///< decide before the next period
inline constexpr const char* kRelearn = "autoscaling.spillway.dev/relearn";       ///< forget what was learned about the service
inline constexpr const char* kReason = "autoscaling.spillway.dev/reason";         ///< why mode or profile were changed last

/// Its value; empty if there is none.
inline std::string annotation(const PolicyObject& object, const char* name) {
  if (!object.policy) return {};
  const auto found = object.policy->metadata.annotations.find(name);
  return found == object.policy->metadata.annotations.end() ? std::string() : found->second;
}

/// Whether somebody asked for something between the two.
inline bool same_requests(const PolicyObject& a, const PolicyObject& b) {
  return annotation(a, kDecideNow) == annotation(b, kDecideNow) && annotation(a, kRelearn) == annotation(b, kRelearn);
}

}  // namespace spillway::autoscaler_policy
