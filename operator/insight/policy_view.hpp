#pragma once
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "controllers/autoscaler_policy/onlooker.hpp"
#include "operator/insight/sample.hpp"

namespace spillway::insight {

/// A policy as of its last reconcile. Immutable once made, shared by whoever reads.
struct PolicyView {
  std::shared_ptr<const autoscaler_policy::PolicyObject> object;
  autoscaler_policy::Findings findings;
  v1alpha1::AutoscalerPolicyStatus status;
  Policy law;                                           ///< with defaults and profile filled in
  std::optional<autoscaler_policy::Verdict> verdict;    ///< the last one, also when this reconcile had none
  double decided_at = 0.0;                              ///< of `verdict`
  std::optional<DecisionNote> note;                     ///< of `verdict`

  kube::ObjectKey key() const { return object->meta.key(); }
  /// This reconcile came to a decision.
  bool decided() const { return findings.verdict.has_value(); }
};

}  // namespace spillway::insight
