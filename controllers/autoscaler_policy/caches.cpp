#include "controllers/autoscaler_policy/caches.hpp"

#include "controllers/autoscaler_policy/annotations.hpp"

#include "operator/kube/selector.hpp"

namespace spillway::autoscaler_policy {
namespace {

template <typename T>
kube::InformerSpec<T> all_of(const kube::ResourceType& type, const std::string& ns, T (*parse)(const kube::Json&)) {
  return {kube::Selection{type, ns, {}, {}}, parse};
}

bool alive(const kube::Pod& pod) {
  return !pod.terminating() && !pod.finished();
}

/// Whom a change of this object is about.
std::pair<std::string, std::string> target_of(const kube::Workload& workload) {
  return {workload.gvk.kind, workload.meta.name};
}
std::pair<std::string, std::string> target_of(const kube::Autoscaler& rival) {
  return {rival.target.kind, rival.target.name};
}

/// Changes of status do not matter; a rival's fields live in its spec as well.
template <typename T>
bool matters(const kube::Change<T>& change) {
  return !change.before || !change.after || change.before->meta.uid != change.after->meta.uid ||
         change.before->meta.generation != change.after->meta.generation;
}

}  // namespace

Caches::Caches(kube::InformerSet& informers, std::vector<std::string> namespaces)
    : informers_(informers), namespaces_(std::move(namespaces)) {
  if (namespaces_.empty()) namespaces_.emplace_back();
  for (const std::string& ns : namespaces_) {
    scopes_.emplace(ns, Scope{informers.get(all_of(kube::kAutoscalerPolicies, ns, &parse_policy_object)),
                              informers.get(all_of(kube::kPods, ns, &kube::parse_pod)),
                              informers.get(all_of(kube::kReplicaSets, ns, &kube::parse_workload)),
                              informers.get(all_of(kube::kAutoscalers, ns, &kube::parse_autoscaler))});
  }
}

void Caches::watch(Enqueue enqueue) {
  enqueue_ = std::move(enqueue);
  for (auto& [ns, scope] : scopes_) {
    scope.policies.add_handler([this](const kube::Change<PolicyObject>& change) { policy_changed(change); });
    watched_informer<kube::Autoscaler>(kube::kAutoscalers, ns, &kube::parse_autoscaler);
  }
}

template <typename T>
kube::Informer<T>& Caches::watched_informer(const kube::ResourceType& type, const std::string& ns,
                                            T (*parse)(const kube::Json&)) {
  auto& informer = informers_.get(all_of(type, ns, parse));
  {
    std::lock_guard lock(mutex_);
    if (!watched_.emplace(type, ns).second) return informer;
  }
  informer.add_handler([this](const kube::Change<T>& change) {
    if (!matters(change)) return;
    const auto& object = change.after ? change.after : change.before;
    const auto [kind, name] = target_of(*object);
    enqueue_policies_of(change.key.ns, kind, name);
  });
  return informer;
}

void Caches::policy_changed(const kube::Change<PolicyObject>& change) {
  if (!matters(change)) {
    if (!same_requests(*change.before, *change.after)) enqueue_(change.key);
    return;
  }
  enqueue_(change.key);
  const auto& object = change.after ? change.after : change.before;
  if (!object->policy) return;
  const auto& target = object->policy->spec.scale_target_ref;
  enqueue_policies_of(change.key.ns, target.kind, target.name);
}

void Caches::enqueue_policies_of(const std::string& ns, const std::string& kind, const std::string& name) {
  for (const auto& object : policies(ns)) {
    if (!object->policy) continue;
    const auto& target = object->policy->spec.scale_target_ref;
    if (target.kind == kind && target.name == name) enqueue_(object->meta.key());
  }
}

std::string Caches::watched(const std::string& ns) const {
  return scopes_.contains("") ? "" : ns;
}

const Caches::Scope* Caches::scope(const std::string& ns) const {
  const auto found = scopes_.find(watched(ns));
  return found == scopes_.end() ? nullptr : &found->second;
}

std::shared_ptr<const PolicyObject> Caches::policy(const kube::ObjectKey& key) const {
  const Scope* here = scope(key.ns);
  return here ? here->policies.store().get(key) : nullptr;
}

std::vector<std::shared_ptr<const PolicyObject>> Caches::policies(const std::string& ns) const {
  const Scope* here = scope(ns);
  return here ? here->policies.store().list(ns) : std::vector<std::shared_ptr<const PolicyObject>>{};
}

std::vector<kube::ObjectKey> Caches::policy_keys() const {
  std::vector<kube::ObjectKey> keys;
  for (const auto& [ns, here] : scopes_) {
    for (const auto& policy : here.policies.store().list()) keys.push_back(policy->meta.key());
  }
  return keys;
}

std::vector<std::shared_ptr<const kube::Autoscaler>> Caches::autoscalers(const std::string& ns) const {
  const Scope* here = scope(ns);
  return here ? here->autoscalers.store().list(ns) : std::vector<std::shared_ptr<const kube::Autoscaler>>{};
}

std::vector<std::shared_ptr<const kube::Autoscaler>> Caches::scaled_objects(const kube::ResourceType& type,
                                                                            const std::string& ns) {
  return watched_informer<kube::Autoscaler>(type, watched(ns), &parse_scaled_object).store().list(ns);
}

Result<std::shared_ptr<const kube::Workload>> Caches::workload(const kube::ResourceType& type,
                                                               const kube::ObjectKey& key) {
  auto& informer = watched_informer<kube::Workload>(type, watched(key.ns), &kube::parse_workload);
  const kube::ReflectorHealth health = informer.health();
  if (auto found = informer.store().get(key)) return found;
  if (health.error) return *health.error;
  if (!health.synced) return Error{ErrorKind::kTransient, "the first list of " + type.plural + " is under way"};
  return Error{ErrorKind::kNotFound, type.kind + " " + key.to_string() + " does not exist"};
}

std::vector<std::shared_ptr<const kube::Pod>> Caches::owned_pods(const std::string& ns, const std::string& uid) const {
  const Scope* here = scope(ns);
  if (!here) return {};
  std::set<std::string> owners{uid};
  for (const auto& replica_set : here->replica_sets.store().select(
           ns, [&](const kube::Workload& set) { return set.meta.owner && set.meta.owner->uid == uid; })) {
    owners.insert(replica_set->meta.uid);
  }
  return here->pods.store().select(
      ns, [&](const kube::Pod& pod) { return alive(pod) && pod.meta.owner && owners.contains(pod.meta.owner->uid); });
}

std::vector<std::shared_ptr<const kube::Pod>> Caches::selected_pods(const std::string& ns,
                                                                    const std::string& selector) const {
  const Scope* here = scope(ns);
  const auto wanted = kube::LabelSelector::parse(selector);
  if (!here || !wanted || selector.empty()) return {};
  return here->pods.store().select(
      ns, [&](const kube::Pod& pod) { return alive(pod) && wanted->matches(pod.meta.labels); });
}

std::optional<Error> Caches::failure(const std::string& ns) const {
  const Scope* here = scope(ns);
  if (!here) return Error{ErrorKind::kInvalid, "namespace " + ns + " is not watched"};
  for (const kube::AnyInformer* informer :
       std::initializer_list<const kube::AnyInformer*>{&here->pods, &here->replica_sets}) {
    if (auto error = informer->health().error) return error;
  }
  return std::nullopt;
}

}  // namespace spillway::autoscaler_policy
