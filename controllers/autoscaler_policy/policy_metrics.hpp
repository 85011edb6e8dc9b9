#pragma once
#include <string>

#include "controllers/autoscaler_policy/findings.hpp"
#include "crds/v1alpha1/types.hpp"
#include "operator/kube/resource.hpp"
#include "operator/telemetry/metrics.hpp"

namespace spillway::autoscaler_policy {

/// Brings the spillway_* series of one policy up to date with what its reconcile found.
void publish(telemetry::MetricRegistry& registry, const kube::ObjectKey& policy, const Findings& findings,
             const v1alpha1::AutoscalerPolicyStatus& status);

/// Removes the series of a policy that is gone.
void forget(telemetry::MetricRegistry& registry, const kube::ObjectKey& policy);

}  // namespace spillway::autoscaler_policy
