#pragma once
#include <memory>
#include <vector>

#include "controllers/autoscaler_policy/findings.hpp"
#include "controllers/autoscaler_policy/policy_object.hpp"
#include "crds/v1alpha1/resolve.hpp"
#include "crds/v1alpha1/types.hpp"

namespace spillway::autoscaler_policy {

/// What one reconcile of a policy came to. References are valid during the call only.
struct Account {
  std::shared_ptr<const PolicyObject> object;
  const Findings& findings;
  const v1alpha1::AutoscalerPolicyStatus& status;
  const v1alpha1::ResolvedPolicy& resolved;
};

/// Somebody who looks on: the read model of the API. Called on the workers' threads, never twice at once for one policy; must
/// not block.
class Onlooker {
 public:
  virtual ~Onlooker() = default;
  virtual void reported(const Account& account) = 0;
  /// These policies exist and are ours; reports follow. Before the first report after a start, or after the lease was won.
  virtual void found(const std::vector<kube::ObjectKey>& keys) = 0;
  /// The policy is gone, or another one of the same name took its place.
  virtual void forgotten(const kube::ObjectKey& key) = 0;
};

}  // namespace spillway::autoscaler_policy
