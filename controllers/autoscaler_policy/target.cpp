#include "controllers/autoscaler_policy/target.hpp"

namespace spillway::autoscaler_policy {
namespace {

/// Kinds whose replicas stand at spec.replicas, and which say how far a rollout is.
bool is_built_in(const kube::ResourceType& type) {
  return type.group == "apps";
}
bool rolls_out(const kube::ResourceType& type) {
  return is_built_in(type) && type.kind != "ReplicaSet";
}

Target from_workload(const kube::ResourceType& type, const kube::Workload& workload) {
  return {.type = type,
          .meta = workload.meta,
          .replicas = workload.replicas,
          .rollout_in_progress = rolls_out(type) && workload.rollout_in_progress(),
          .growth_failure = workload.replica_failure,
          .writers = workload.replicas_writers,
          .pods = {}};
}

}  // namespace

Result<Target> find_target(const v1alpha1::ScaleTargetRef& reference, const std::string& ns, Caches& caches,
                           kube::RestMapper& mapper, kube::Client& client) {
  const auto gvk = kube::make_gvk(reference.api_version, reference.kind);
  if (!gvk) return gvk.error();
  const auto type = mapper.find_scalable(*gvk);
  if (!type) return type.error();
  const kube::ObjectKey key{ns, reference.name};
  const auto workload = caches.workload(*type, key);
  if (!workload) return workload.error();
  Target target = from_workload(*type, **workload);
  target.pods = caches.owned_pods(ns, target.meta.uid);
  if (is_built_in(*type)) return target;
  // Where another kind keeps its replicas only its /scale knows.
  const auto scale = client.get_scale(*type, key);
  if (!scale) return scale.error();
  target.replicas = scale->replicas;
  if (target.pods.empty()) target.pods = caches.selected_pods(ns, scale->selector);
  return target;
}

}  // namespace spillway::autoscaler_policy
