#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/units.hpp"
#include "operator/io/clock.hpp"
#include "operator/kube/json.hpp"
#include "operator/kube/resource.hpp"

namespace spillway::kube {

// Small views of the built-in objects: what the controllers read and nothing else, so that a thousand pods cost a megabyte.
// The parsers fill in what the server's schema promises and leave the default where a field is absent.

/// Throws nothing: a field of the wrong type counts as absent.
ObjectMeta parse_meta(const Json& object);

struct PodPort {
  std::string name;
  int number = 0;
};

struct Pod {
  ObjectMeta meta;
  std::string phase;  ///< Pending, Running, Succeeded, Failed
  std::string ip;     ///< empty until the pod has one
  std::string node;
  bool ready = false;                       ///< condition Ready is True
  std::optional<io::WallTime> ready_since;  ///< when it turned ready
  bool unschedulable = false;               ///< the scheduler said so (PodScheduled False, reason Unschedulable)
  std::vector<PodPort> ports;

  bool terminating() const { return meta.deleted.has_value(); }
  bool finished() const { return phase == "Succeeded" || phase == "Failed"; }
};
Pod parse_pod(const Json& object);

/// An entry of managedFields that owns spec.replicas; of kinds that keep their count elsewhere, one that owns anything in spec.
struct ReplicasWriter {
  std::string manager;
  std::string subresource;  ///< "scale" for writes through /scale
  io::WallTime time{};
};

/// Deployment, StatefulSet, ReplicaSet or any kind that carries replicas where those do.
struct Workload {
  ObjectMeta meta;
  GroupVersionKind gvk;
  Replicas replicas = 1;  ///< spec.replicas
  std::int64_t observed_generation = 0;
  Replicas status_replicas = 0;
  Replicas ready_replicas = 0;
  Replicas updated_replicas = 0;
  Replicas available_replicas = 0;
  std::string selector;  ///< spec.selector as text for LabelSelector::parse
  /// Why the controller cannot create pods (condition ReplicaFailure, e.g. a quota); empty if it can.
  std::string replica_failure;
  std::vector<ReplicasWriter> replicas_writers;  ///< latest last

  /// A new pod template is being rolled out (same test as `kubectl rollout status`, without the surge's last deletions).
  bool rollout_in_progress() const { return observed_generation < meta.generation || updated_replicas < status_replicas; }
};
Workload parse_workload(const Json& object);

/// The /scale subresource of a target.
struct Scale {
  ObjectMeta meta;
  Replicas replicas = 0;         ///< spec.replicas
  Replicas status_replicas = 0;  ///< pods that exist
  std::string selector;          ///< text form; empty if the kind does not say
};
Scale parse_scale(const Json& object);

struct TargetReference {
  std::string api_version;
  std::string kind;
  std::string name;
};

/// A HorizontalPodAutoscaler: only what tells a rival.
struct Autoscaler {
  ObjectMeta meta;
  TargetReference target;
  Replicas min_replicas = 1;
  Replicas max_replicas = 0;
};
Autoscaler parse_autoscaler(const Json& object);

}  // namespace spillway::kube
