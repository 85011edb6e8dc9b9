#include "operator/kube/objects.hpp"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>

#include "operator/kube/json_view.hpp"
#include "operator/kube/selector.hpp"
#include "operator/kube/timestamp.hpp"

namespace spillway::kube {
namespace {

using view::at;
using view::none;
using view::text;
using view::whole;

Replicas replicas(const Json& object, const char* name, Replicas otherwise) {
  const auto count = whole(at(object, name), otherwise);
  return static_cast<Replicas>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<Replicas>::max()));
}
std::optional<io::WallTime> time(const Json& object, const char* name) { return parse_time(text(object, name)); }

/// The condition of that type, or null.
const Json& condition(const Json& status, const char* type) {
  for (const auto& each : at(status, "conditions"))
    if (text(each, "type") == type) return each;
  return none();
}

Labels read_labels(const Json& value) {
  Labels labels;
  if (value.is_object())
    for (const auto& [key, label] : value.items()) labels.emplace_back(key, text(label));
  return labels;  // sorted: nlohmann's objects are ordered by key
}

/// Other programs' annotations may be large (kubectl keeps whole manifests there).
Labels own_annotations(const Json& value) {
  Labels all = read_labels(value);
  std::erase_if(all, [](const auto& annotation) { return !annotation.first.starts_with(kOwnAnnotations); });
  return all;
}

std::optional<OwnerReference> controlling_owner(const Json& owners) {
  for (const auto& owner : owners)
    if (at(owner, "controller") == true)
      return OwnerReference{text(owner, "apiVersion"), text(owner, "kind"), text(owner, "name"), text(owner, "uid")};
  return std::nullopt;
}

/// Of spec.replicas, or of anything in spec where the kind keeps its count elsewhere: only its definition says where.
std::vector<ReplicasWriter> read_replicas_writers(const Json& managed_fields) {
  std::vector<ReplicasWriter> of_replicas, of_spec;
  for (const auto& entry : managed_fields) {
    const Json& spec = at(at(entry, "fieldsV1"), "f:spec");
    if (!spec.is_object()) continue;
    const ReplicasWriter writer{text(entry, "manager"), text(entry, "subresource"), time(entry, "time").value_or(io::WallTime{})};
    if (at(spec, "f:replicas").is_object()) of_replicas.push_back(writer);
    of_spec.push_back(writer);
  }
  auto& writers = of_replicas.empty() ? of_spec : of_replicas;
  std::ranges::stable_sort(writers, {}, &ReplicasWriter::time);
  return std::move(writers);
}

std::vector<PodPort> read_ports(const Json& containers) {
  std::vector<PodPort> ports;
  for (const auto& container : containers)
    for (const auto& port : at(container, "ports"))
      ports.push_back({text(port, "name"), static_cast<int>(std::clamp<std::int64_t>(whole(at(port, "containerPort"), 0), 0, 65535))});
  return ports;
}

}  // namespace

ObjectMeta parse_meta(const Json& object) {
  const Json& metadata = at(object, "metadata");
  ObjectMeta meta;
  meta.ns = text(metadata, "namespace");
  meta.name = text(metadata, "name");
  meta.uid = text(metadata, "uid");
  meta.resource_version = text(metadata, "resourceVersion");
  meta.generation = whole(at(metadata, "generation"), 0);
  meta.created = time(metadata, "creationTimestamp").value_or(io::WallTime{});
  meta.deleted = time(metadata, "deletionTimestamp");
  meta.owner = controlling_owner(at(metadata, "ownerReferences"));
  meta.labels = read_labels(at(metadata, "labels"));
  meta.annotations = own_annotations(at(metadata, "annotations"));
  return meta;
}

Pod parse_pod(const Json& object) {
  const Json& spec = at(object, "spec");
  const Json& status = at(object, "status");
  Pod pod;
  pod.meta = parse_meta(object);
  pod.phase = text(status, "phase");
  pod.ip = text(status, "podIP");
  pod.node = text(spec, "nodeName");
  const Json& ready = condition(status, "Ready");
  pod.ready = text(ready, "status") == "True";
  if (pod.ready) pod.ready_since = time(ready, "lastTransitionTime");
  const Json& scheduled = condition(status, "PodScheduled");
  pod.unschedulable = text(scheduled, "status") == "False" && text(scheduled, "reason") == "Unschedulable";
  pod.ports = read_ports(at(spec, "containers"));
  return pod;
}

Workload parse_workload(const Json& object) {
  const Json& spec = at(object, "spec");
  const Json& status = at(object, "status");
  Workload workload;
  workload.meta = parse_meta(object);
  if (auto gvk = make_gvk(text(object, "apiVersion"), text(object, "kind"))) workload.gvk = *gvk;
  workload.replicas = replicas(spec, "replicas", 1);
  workload.observed_generation = whole(at(status, "observedGeneration"), 0);
  workload.status_replicas = replicas(status, "replicas", 0);
  workload.ready_replicas = replicas(status, "readyReplicas", 0);
  workload.updated_replicas = replicas(status, "updatedReplicas", 0);
  workload.available_replicas = replicas(status, "availableReplicas", 0);
  workload.selector = selector_text(at(spec, "selector"));
  if (const Json& failure = condition(status, "ReplicaFailure"); text(failure, "status") == "True")
    workload.replica_failure = text(failure, "message");
  workload.replicas_writers = read_replicas_writers(at(at(object, "metadata"), "managedFields"));
  return workload;
}

Scale parse_scale(const Json& object) {
  const Json& status = at(object, "status");
  return {parse_meta(object), replicas(at(object, "spec"), "replicas", 0), replicas(status, "replicas", 0),
          text(status, "selector")};
}

Autoscaler parse_autoscaler(const Json& object) {
  const Json& spec = at(object, "spec");
  const Json& target = at(spec, "scaleTargetRef");
  return {parse_meta(object), {text(target, "apiVersion"), text(target, "kind"), text(target, "name")},
          replicas(spec, "minReplicas", 1), replicas(spec, "maxReplicas", 0)};
}

}  // namespace spillway::kube
