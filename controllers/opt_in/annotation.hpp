#pragma once
#include <optional>

#include "operator/kube/resource.hpp"

namespace spillway::opt_in {

/// On a Deployment or a Namespace: "true" asks for a policy; "false" on a Deployment takes it out of a namespace that asks.
inline constexpr const char* kEnable = "spillway.dev/enable";
/// On a policy that was made here: its arrival rate is a guess that is looked into again until its metric is there.
inline constexpr const char* kGuess = "spillway.dev/guess";

/// What an object says; nothing without the annotation or with another word.
inline std::optional<bool> says(const kube::ObjectMeta& meta, const char* annotation) {
  for (const auto& [key, value] : meta.annotations) {
    if (key != annotation) continue;
    if (value == "true") return true;
    if (value == "false") return false;
  }
  return std::nullopt;
}

/// Whether a Deployment wants a policy: its own word counts before its namespace's. `ns` may be null.
inline bool wants_policy(const kube::ObjectMeta& deployment, const kube::ObjectMeta* ns) {
  if (const auto own = says(deployment, kEnable)) return *own;
  return ns != nullptr && says(*ns, kEnable).value_or(false);
}

}  // namespace spillway::opt_in
