#pragma once
#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "operator/io/clock.hpp"
#include "operator/runtime/reconciler.hpp"
#include "operator/runtime/work_queue.hpp"

namespace spillway::runtime {

/// One finished reconcile, for metrics and logs.
struct ReconcileSample {
  const std::string& controller;
  const Request& request;
  double seconds;
  const Result<Next>& result;
};

struct ControllerOptions {
  std::string name;
  int workers = 2;
  BackoffOptions backoff;
  std::function<void(const ReconcileSample&)> on_reconcile;  ///< any worker's thread; may be empty
};

/// A reconciler with its queue and workers. Informers' handlers call queue().add(key).
class Controller {
 public:
  Controller(Reconciler& reconciler, const io::Clock& clock, ControllerOptions options);
  ~Controller();
  WorkQueue& queue() { return queue_; }
  const std::string& name() const { return options_.name; }

  void start();
  /// Lets running reconciles finish and ends the workers. A controller starts once.
  void stop();
  /// Works on one key if one is ready, on the calling thread; false if there was none. For simulated worlds.
  bool run_one();

 private:
  void work();
  void process(const Request& request);

  Reconciler& reconciler_;
  const io::Clock& clock_;
  ControllerOptions options_;
  WorkQueue queue_;
  std::vector<std::thread> workers_;
};

}  // namespace spillway::runtime
