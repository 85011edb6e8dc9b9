#pragma once
#include "crds/v1alpha1/types.hpp"
#include "operator/kube/client.hpp"

namespace spillway::autoscaler_policy {

/// Writes the whole status by server-side apply under kFieldManager; it is the controller's alone, so fields that
/// others took are taken back. kNotFound: the policy is gone.
Status write_status(kube::Client& client, const v1alpha1::ObjectMetadata& policy,
                    const v1alpha1::AutoscalerPolicyStatus& status);

}  // namespace spillway::autoscaler_policy
