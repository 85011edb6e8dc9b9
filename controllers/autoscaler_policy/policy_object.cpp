#include "controllers/autoscaler_policy/policy_object.hpp"

#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"

namespace spillway::autoscaler_policy {

PolicyObject parse_policy_object(const kube::Json& object) {
  PolicyObject parsed{kube::parse_meta(object), std::nullopt, {}};
  auto policy = v1alpha1::decode_policy(object);
  if (policy) {
    parsed.policy = std::move(*policy);
  } else {
    parsed.error = policy.error().message;
  }
  return parsed;
}

Result<PolicyObject> get_policy(kube::Client& client, const kube::ObjectKey& key) {
  const auto object = client.get(kube::kAutoscalerPolicies, key);
  if (!object) return object.error();
  return parse_policy_object(*object);
}

kube::Autoscaler parse_scaled_object(const kube::Json& object) {
  kube::Autoscaler parsed = kube::parse_autoscaler(object);
  if (parsed.target.kind.empty()) parsed.target.kind = "Deployment";
  if (parsed.target.api_version.empty()) parsed.target.api_version = "apps/v1";
  return parsed;
}

}  // namespace spillway::autoscaler_policy
