#pragma once
#include <compare>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/base/result.hpp"
#include "operator/io/clock.hpp"

namespace spillway::kube {

/// What an object calls itself: apiVersion "apps/v1", kind "Deployment".
struct GroupVersionKind {
  std::string group;  ///< empty for the core group
  std::string version;
  std::string kind;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  auto operator<=>(const GroupVersionKind&) const = default;
};

/// "apps/v1", "Deployment" -> GroupVersionKind; kInvalid for more than one slash or an empty part.
Result<GroupVersionKind> make_gvk(const std::string& api_version, const std::string& kind);

/// Where objects of a kind live on the server: the plural name in URLs and whether a namespace stands before it.
struct ResourceType {
  std::string group;
  std::string version;
  std::string plural;
  std::string kind;
  bool namespaced = true;

  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
  auto operator<=>(const ResourceType&) const = default;
};

inline const ResourceType kPods{"", "v1", "pods", "Pod"};
inline const ResourceType kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline const ResourceType kSecrets{"", "v1", "secrets", "Secret"};
inline const ResourceType kConfigMaps{"", "v1", "configmaps", "ConfigMap"};
inline const ResourceType kDeployments{"apps", "v1", "deployments", "Deployment"};
inline const ResourceType kReplicaSets{"apps", "v1", "replicasets", "ReplicaSet"};
inline const ResourceType kAutoscalers{"autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"};
inline const ResourceType kLeases{"coordination.k8s.io", "v1", "leases", "Lease"};
inline const ResourceType kEvents{"events.k8s.io", "v1", "events", "Event"};
inline const ResourceType kAutoscalerPolicies{"autoscaling.spillway.dev", "v1alpha1", "autoscalerpolicies",
                                              "AutoscalerPolicy"};

/// Names one object of a known kind.
struct ObjectKey {
  std::string ns;  ///< empty for cluster-scoped kinds
  std::string name;

  std::string to_string() const { return ns.empty() ? name : ns + "/" + name; }
  auto operator<=>(const ObjectKey&) const = default;
};

using Labels = std::vector<std::pair<std::string, std::string>>;  ///< sorted by key

/// Annotations that mean something to Spillway begin like this.
inline constexpr const char* kOwnAnnotations = "spillway.dev/";

struct OwnerReference {
  std::string api_version;
  std::string kind;
  std::string name;
  std::string uid;
};

/// The part of metadata that controllers use.
struct ObjectMeta {
  std::string ns;
  std::string name;
  std::string uid;
  std::string resource_version;  ///< opaque
  std::int64_t generation = 0;
  io::WallTime created{};
  std::optional<io::WallTime> deleted;   ///< set while the object is being deleted
  std::optional<OwnerReference> owner;   ///< the owner with controller=true
  Labels labels;
  Labels annotations;  ///< those that begin with kOwnAnnotations; others are not kept

  ObjectKey key() const { return {ns, name}; }
};

}  // namespace spillway::kube
