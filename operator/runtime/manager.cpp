#include "operator/runtime/manager.hpp"

namespace spillway::runtime {
namespace {

constexpr std::chrono::milliseconds kPoll{50};

}  // namespace

Manager::Manager(kube::InformerSet& informers, Shards* shards) : informers_(informers), shards_(shards) {}

void Manager::add(Controller& controller) { controllers_.push_back(&controller); }

void Manager::run() {
  informers_.start();
  bool running = wait_until([this] { return informers_.synced(); });
  if (shards_ && running) {
    shards_->start();
    running = wait_until([this] { return shards_->owns_any(); });
  }
  if (running) {
    for (auto* controller : controllers_) controller->start();
    wait_until([] { return false; });
  }
  for (auto* controller : controllers_) controller->stop();
  if (shards_) shards_->stop();
  informers_.stop();
}

void Manager::stop() {
  std::lock_guard lock(mutex_);
  stopping_ = true;
  changed_.notify_all();
}

void Manager::wake() {
  std::lock_guard lock(mutex_);
  changed_.notify_all();
}

/// True once the condition holds, false if stop() came first.
bool Manager::wait_until(const std::function<bool()>& condition) {
  std::unique_lock lock(mutex_);
  while (!stopping_) {
    lock.unlock();
    const bool holds = condition();
    lock.lock();
    if (holds) return true;
    changed_.wait_for(lock, kPoll);
  }
  return false;
}

bool Manager::synced() const { return informers_.synced(); }

}  // namespace spillway::runtime
