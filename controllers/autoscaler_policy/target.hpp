#pragma once
#include <string>
#include <vector>

#include "controllers/autoscaler_policy/caches.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/discovery.hpp"

namespace spillway::autoscaler_policy {

/// What is scaled, as far as a decision needs it.
struct Target {
  kube::ResourceType type;
  kube::ObjectMeta meta;
  Replicas replicas = 0;  ///< spec.replicas
  bool rollout_in_progress = false;
  std::string growth_failure;                          ///< why pods cannot be created (a quota); empty if they can
  std::vector<kube::ReplicasWriter> writers;           ///< of its count (kube::ReplicasWriter), latest last
  std::vector<std::shared_ptr<const kube::Pod>> pods;  ///< without finished and terminating ones
};

/// Looks a policy's target up. kNotFound: kind or object do not exist; kInvalid: the kind has no /scale; kForbidden and
/// the others: it cannot be read now, for the reason in the message.
Result<Target> find_target(const v1alpha1::ScaleTargetRef& reference, const std::string& ns, Caches& caches,
                           kube::RestMapper& mapper, kube::Client& client);

}  // namespace spillway::autoscaler_policy
