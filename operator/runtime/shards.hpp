#pragma once
#include <atomic>
#include <functional>
#include <memory>

#include "operator/kube/resource.hpp"
#include "operator/runtime/leader_elector.hpp"
#include "operator/runtime/reconciler.hpp"

namespace spillway::runtime {

/// Whose an object is.
enum class Standing {
  kOurs,     ///< ours to write, now
  kUnknown,  ///< it was or will be ours: the Lease is late, or not confirmed yet
  kOthers,
};

struct ShardOptions {
  LeaderElectionOptions lease;  ///< name: of the one Lease, or the beginning of all their names; its callbacks are not used
  int count = 1;
  std::function<void(int shard, bool ours)> on_change;  ///< on the scheduler's thread or that of stop()
};

/// Divides objects among the replicas of an operator: an object belongs to the shard that its name hashes to, and a shard to the
/// replica that holds its Lease. One shard is plain leader election.
///
/// With more, each replica holds a Lease as a member too, and all of them watch these Leases; each one gives up what exceeds its
/// fair share and takes what is free (shard_plan.hpp). A shard is dropped before its Lease is: owns() turns false, work that
/// has begun on it ends, then the Lease is released. Replicas with another number of shards divide objects differently: a
/// Lease counts only once the watch has shown it, with no Lease of another number held then; of two replicas that begin at
/// the same time the later one sees the earlier.
///
/// RBAC, in the namespace of the Leases: list, watch, create, get, update; with more than one shard delete as well.
class Shards {
 public:
  Shards(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, ShardOptions options);
  ~Shards();
  Shards(const Shards&) = delete;
  Shards& operator=(const Shards&) = delete;

  void start();
  /// Releases everything that is held.
  void stop();

  int count() const;
  int shard_of(const kube::ObjectKey& key) const;
  /// The Lease of a shard.
  std::string lease_name(int shard) const;
  bool owns(int shard) const;
  bool owns_any() const;
  /// Where the one that leads instead of this process serves its API (LeaderElectionOptions::address); empty if nobody does or it does
  /// not say. Always empty with more than one shard: there is no one leader then.
  std::string leader_address() const;
  /// Ask before each write.
  Standing standing(const kube::ObjectKey& key) const;

  /// While it lives, the shard of an object is not released.
  class Work {
   public:
    Work(const Work&) = delete;
    Work& operator=(const Work&) = delete;
    ~Work();

   private:
    friend class Shards;
    explicit Work(std::atomic<int>& running);
    std::atomic<int>& running_;
  };
  Work begin(const kube::ObjectKey& key);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

/// Runs each reconcile as work on the object's shard.
class ShardedReconciler final : public Reconciler {
 public:
  ShardedReconciler(Reconciler& inner, Shards& shards) : inner_(inner), shards_(shards) {}
  Result<Next> reconcile(const Request& request) override {
    const auto work = shards_.begin(request);
    return inner_.reconcile(request);
  }

 private:
  Reconciler& inner_;
  Shards& shards_;
};

}  // namespace spillway::runtime
