#include "operator/io/scheduler.hpp"

#include <utility>

namespace spillway::io {

ThreadScheduler::ThreadScheduler() : thread_([this] { loop(); }) {}

ThreadScheduler::~ThreadScheduler() {
  {
    std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_one();
  thread_.join();
  const auto dropped = std::exchange(tasks_, {});  // their captures may still cancel tasks while they are destroyed
}

Scheduler::TaskId ThreadScheduler::run_at(MonotonicTime when, std::function<void()> task) {
  std::lock_guard lock(mutex_);
  const TaskId id = ++last_id_;
  tasks_.emplace(Order{when, id}, std::move(task));
  times_.emplace(id, when);
  changed_.notify_one();
  return id;
}

void ThreadScheduler::cancel(TaskId id) {
  std::function<void()> dropped;  // destroyed after the lock is gone: it may own things that cancel tasks of their own
  std::lock_guard lock(mutex_);
  auto found = times_.find(id);
  if (found == times_.end()) return;
  auto task = tasks_.find(Order{found->second, id});
  dropped = std::move(task->second);
  tasks_.erase(task);
  times_.erase(found);
}

void ThreadScheduler::loop() {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    if (tasks_.empty()) {
      changed_.wait(lock);
    } else if (const auto when = tasks_.begin()->first.first; when > std::chrono::steady_clock::now()) {
      changed_.wait_until(lock, when);
    } else {
      auto node = tasks_.extract(tasks_.begin());
      times_.erase(node.key().second);
      lock.unlock();
      node.mapped()();
      node = {};  // the task's captures go while the lock is open
      lock.lock();
    }
  }
}

}  // namespace spillway::io
