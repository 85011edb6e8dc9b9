#pragma once
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "controllers/autoscaler_policy/policy_object.hpp"
#include "operator/kube/informer.hpp"
#include "operator/kube/objects.hpp"
#include "operator/runtime/reconciler.hpp"

namespace spillway::autoscaler_policy {

/// Everything that the controller reads from the API server, kept current by informers: policies, their targets of any
/// kind, pods, ReplicaSets and rival autoscalers. Thread-safe.
class Caches {
 public:
  using Enqueue = std::function<void(const runtime::Request&)>;

  /// Empty `namespaces` = all. The informers start with `informers`.
  Caches(kube::InformerSet& informers, std::vector<std::string> namespaces);

  /// From now on `enqueue` is told which policies to look at when a policy, a target or a rival changes in what
  /// matters: a policy's own status writes do not count. Runs on the scheduler's thread. Call once, before the
  /// informers start.
  void watch(Enqueue enqueue);

  std::shared_ptr<const PolicyObject> policy(const kube::ObjectKey& key) const;
  std::vector<std::shared_ptr<const PolicyObject>> policies(const std::string& ns) const;
  /// Of all namespaces that are watched.
  std::vector<kube::ObjectKey> policy_keys() const;
  std::vector<std::shared_ptr<const kube::Autoscaler>> autoscalers(const std::string& ns) const;
  /// KEDA's ScaledObjects; the first call for a namespace starts the watch. Empty while it has not listed, or may not.
  std::vector<std::shared_ptr<const kube::Autoscaler>> scaled_objects(const kube::ResourceType& type,
                                                                      const std::string& ns);

  /// The target of a policy; the first call for a kind starts a watch on it. kNotFound: there is none; kTransient: the
  /// first list is still under way; otherwise the watch's own failure.
  Result<std::shared_ptr<const kube::Workload>> workload(const kube::ResourceType& type, const kube::ObjectKey& key);

  /// The pods that `uid` owns, directly or through ReplicaSets, without those that are finished or going.
  std::vector<std::shared_ptr<const kube::Pod>> owned_pods(const std::string& ns, const std::string& uid) const;
  /// The pods that a selector matches; for kinds whose pods have owners that Spillway does not know.
  std::vector<std::shared_ptr<const kube::Pod>> selected_pods(const std::string& ns, const std::string& selector) const;

  /// Why what stands here about pods and ReplicaSets of a namespace may be old; nothing if it is current.
  std::optional<Error> failure(const std::string& ns) const;

 private:
  struct Scope {
    kube::Informer<PolicyObject>& policies;
    kube::Informer<kube::Pod>& pods;
    kube::Informer<kube::Workload>& replica_sets;
    kube::Informer<kube::Autoscaler>& autoscalers;
  };

  /// The namespace to watch for objects of `ns`: itself, or empty when all are watched.
  std::string watched(const std::string& ns) const;
  const Scope* scope(const std::string& ns) const;
  /// The same informer each time; `enqueue_` hears about its changes.
  template <typename T>
  kube::Informer<T>& watched_informer(const kube::ResourceType& type, const std::string& ns,
                                      T (*parse)(const kube::Json&));
  void policy_changed(const kube::Change<PolicyObject>& change);
  void enqueue_policies_of(const std::string& ns, const std::string& kind, const std::string& name);

  kube::InformerSet& informers_;
  std::vector<std::string> namespaces_;
  std::map<std::string, Scope> scopes_;  ///< by watched namespace; empty = all
  Enqueue enqueue_;
  std::mutex mutex_;
  std::set<std::pair<kube::ResourceType, std::string>> watched_;
};

}  // namespace spillway::autoscaler_policy
