#pragma once
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <unordered_map>

#include "operator/io/clock.hpp"

namespace spillway::io {

/// Runs tasks later, one at a time and in order of their time: what informers, leases and event recorders live on instead of
/// threads of their own. A simulated world runs the same tasks from its event heap, on one thread and in its own time.
class Scheduler {
 public:
  using TaskId = std::uint64_t;
  virtual ~Scheduler() = default;

  /// Thread-safe. Tasks with the same time run in the order in which they were added. Tasks are short and never block.
  virtual TaskId run_at(MonotonicTime when, std::function<void()> task) = 0;
  /// Forgets a task that has not started. Unknown ids are ignored.
  virtual void cancel(TaskId id) = 0;

  /// As soon as possible.
  TaskId run(std::function<void()> task) { return run_at(MonotonicTime::min(), std::move(task)); }
};

/// The real scheduler: one thread. Its destructor finishes the task that runs and drops the others.
/// Declare it before the Transport: a transport's last callbacks still schedule.
class ThreadScheduler final : public Scheduler {
 public:
  ThreadScheduler();
  ~ThreadScheduler() override;
  TaskId run_at(MonotonicTime when, std::function<void()> task) override;
  void cancel(TaskId id) override;

 private:
  using Order = std::pair<MonotonicTime, TaskId>;
  void loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<Order, std::function<void()>> tasks_;
  std::unordered_map<TaskId, MonotonicTime> times_;
  TaskId last_id_ = 0;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace spillway::io
