#pragma once
#include <optional>
#include <string>

#include "crds/v1alpha1/types.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/json.hpp"
#include "operator/kube/objects.hpp"

namespace spillway::autoscaler_policy {

/// An AutoscalerPolicy as the cache keeps it. One that cannot be decoded (the schema was loosened, or never installed)
/// keeps its metadata and the reason, so that its status can say so.
struct PolicyObject {
  kube::ObjectMeta meta;
  std::optional<v1alpha1::AutoscalerPolicy> policy;
  std::string error;
};

PolicyObject parse_policy_object(const kube::Json& object);
/// Asks the server for one policy, past every cache.
Result<PolicyObject> get_policy(kube::Client& client, const kube::ObjectKey& key);

/// An autoscaler of another project, a ScaledObject: its target defaults to a Deployment.
kube::Autoscaler parse_scaled_object(const kube::Json& object);

}  // namespace spillway::autoscaler_policy
