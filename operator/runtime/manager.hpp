#pragma once
#include <condition_variable>
#include <functional>
#include <mutex>
#include <vector>

#include "operator/kube/informer.hpp"
#include "operator/runtime/controller.hpp"
#include "operator/runtime/shards.hpp"

namespace spillway::runtime {

/// Starts and stops the parts of an operator in order: informers, wait until they have listed, wait for a shard, workers; and
/// back: workers finish, shards are released, informers stop.
class Manager {
 public:
  /// `shards` may be null: then this process acts without asking anybody.
  Manager(kube::InformerSet& informers, Shards* shards);

  void add(Controller& controller);

  /// Runs until stop(). Blocks.
  void run();
  /// From any thread (a signal handler's helper, too); once.
  void stop();
  /// Something has changed that run() may be waiting for.
  void wake();

  /// Caches have listed at least once: /readyz.
  bool synced() const;

 private:
  bool wait_until(const std::function<bool()>& condition);

  kube::InformerSet& informers_;
  Shards* shards_;
  std::vector<Controller*> controllers_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;
};

}  // namespace spillway::runtime
