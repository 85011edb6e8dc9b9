#include "controllers/opt_in/watches.hpp"

#include <algorithm>

namespace spillway::opt_in {
namespace {

NamespaceObject parse_namespace(const kube::Json& object) { return {kube::parse_meta(object)}; }

template <typename T>
kube::InformerSpec<T> all_of(const kube::ResourceType& type, const std::string& ns, T (*parse)(const kube::Json&)) {
  return {kube::Selection{type, ns, {}, {}}, parse};
}

/// Annotations are all that matters: a Deployment's replicas and status change all the time.
template <typename T>
bool says_something_new(const kube::Change<T>& change) {
  return change.after && (!change.before || change.before->meta.uid != change.after->meta.uid ||
                          change.before->meta.annotations != change.after->meta.annotations);
}

}  // namespace

Watches::Watches(kube::InformerSet& informers, std::vector<std::string> namespaces)
    : informers_(informers), namespaces_(std::move(namespaces)) {}

void Watches::start(Enqueue enqueue) {
  enqueue_ = std::move(enqueue);
  const bool everywhere = namespaces_.empty();
  if (everywhere) namespaces_.emplace_back();
  for (const std::string& ns : namespaces_) {
    scopes_.emplace(ns, Scope{informers_.get(all_of(kube::kDeployments, ns, &kube::parse_workload)),
                              informers_.get(all_of(kube::kAutoscalerPolicies, ns, &autoscaler_policy::parse_policy_object)),
                              informers_.get(all_of(kube::kAutoscalers, ns, &kube::parse_autoscaler))});
  }
  if (everywhere) namespaces_informer_ = &informers_.get(all_of(kube::kNamespaces, "", &parse_namespace));
  for (auto& [ns, scope] : scopes_) {
    scope.deployments.add_handler([this](const kube::Change<kube::Workload>& change) {
      if (says_something_new(change)) enqueue_(change.key);
    });
    scope.policies.add_handler([this](const kube::Change<autoscaler_policy::PolicyObject>& change) {
      if (change.type == kube::ChangeType::kDeleted && change.before->policy)
        enqueue_({change.key.ns, change.before->policy->spec.scale_target_ref.name});
    });
  }
  if (!namespaces_informer_) return;
  namespaces_informer_->add_handler([this](const kube::Change<NamespaceObject>& change) {
    if (says_something_new(change)) enqueue_all_of(change.key.name);
  });
}

void Watches::enqueue_all_of(const std::string& ns) {
  const Scope* here = scope(ns);
  if (!here) return;
  for (const auto& deployment : here->deployments.store().list(ns)) enqueue_(deployment->meta.key());
}

const Watches::Scope* Watches::scope(const std::string& ns) const {
  auto found = scopes_.find(ns);
  if (found == scopes_.end()) found = scopes_.find("");
  return found == scopes_.end() ? nullptr : &found->second;
}

std::shared_ptr<const kube::Workload> Watches::deployment(const kube::ObjectKey& key) const {
  const Scope* here = scope(key.ns);
  return here ? here->deployments.store().get(key) : nullptr;
}

std::shared_ptr<const NamespaceObject> Watches::namespace_of(const std::string& name) const {
  return namespaces_informer_ ? namespaces_informer_->store().get({"", name}) : nullptr;
}

std::vector<std::shared_ptr<const autoscaler_policy::PolicyObject>> Watches::policies(const std::string& ns) const {
  const Scope* here = scope(ns);
  if (!here) return {};
  return here->policies.store().list(ns);
}

std::vector<std::shared_ptr<const kube::Autoscaler>> Watches::autoscalers(const std::string& ns) const {
  const Scope* here = scope(ns);
  if (!here) return {};
  return here->autoscalers.store().list(ns);
}

bool Watches::policies_known() const {
  return std::ranges::all_of(scopes_, [](const auto& entry) { return entry.second.policies.synced(); });
}

}  // namespace spillway::opt_in
