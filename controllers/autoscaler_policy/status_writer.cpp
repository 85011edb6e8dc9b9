#include "controllers/autoscaler_policy/status_writer.hpp"

#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"

namespace spillway::autoscaler_policy {

Status write_status(kube::Client& client, const v1alpha1::ObjectMetadata& policy,
                    const v1alpha1::AutoscalerPolicyStatus& status) {
  const kube::ObjectKey key{policy.namespace_name, policy.name};
  const auto written =
      client.apply(kube::kAutoscalerPolicies, key, v1alpha1::status_apply_document(policy, status), true, "status");
  if (!written) return written.error();
  return Ok{};
}

}  // namespace spillway::autoscaler_policy
