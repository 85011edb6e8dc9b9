#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "controllers/autoscaler_policy/policy_object.hpp"
#include "operator/kube/informer.hpp"
#include "operator/kube/objects.hpp"
#include "operator/runtime/reconciler.hpp"

namespace spillway::opt_in {

/// A namespace, for its annotation.
struct NamespaceObject {
  kube::ObjectMeta meta;
};

/// What the controller reads: Deployments, Namespaces, policies and HPAs, from informers that others may share. Thread-safe after start().
class Watches {
 public:
  using Enqueue = std::function<void(const runtime::Request&)>;

  /// Empty `namespaces` = all. With a list only Deployments are watched: Namespaces are objects of the whole cluster.
  Watches(kube::InformerSet& informers, std::vector<std::string> namespaces);

  /// Starts watching; `enqueue` hears about each Deployment that may want a policy now. Once, when this instance may act: until then, and
  /// where the permission is missing, nothing else has to wait for these lists.
  void start(Enqueue enqueue);

  std::shared_ptr<const kube::Workload> deployment(const kube::ObjectKey& key) const;
  std::shared_ptr<const NamespaceObject> namespace_of(const std::string& name) const;
  std::vector<std::shared_ptr<const autoscaler_policy::PolicyObject>> policies(const std::string& ns) const;
  std::vector<std::shared_ptr<const kube::Autoscaler>> autoscalers(const std::string& ns) const;
  /// Policies have been listed: what is missing there is really missing.
  bool policies_known() const;

 private:
  struct Scope {
    kube::Informer<kube::Workload>& deployments;
    kube::Informer<autoscaler_policy::PolicyObject>& policies;
    kube::Informer<kube::Autoscaler>& autoscalers;
  };
  const Scope* scope(const std::string& ns) const;
  void enqueue_all_of(const std::string& ns);

  kube::InformerSet& informers_;
  std::vector<std::string> namespaces_;
  Enqueue enqueue_;
  std::map<std::string, Scope> scopes_;
  kube::Informer<NamespaceObject>* namespaces_informer_ = nullptr;
};

}  // namespace spillway::opt_in
