#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "operator/io/clock.hpp"

namespace spillway::testing {

/// True as soon as the condition holds, false if it does not within the bound.
template <typename Condition>
bool eventually(Condition condition, std::chrono::milliseconds bound = std::chrono::milliseconds(20000)) {
  const auto deadline = std::chrono::steady_clock::now() + bound;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// A clock that stands still until it is moved. Thread-safe.
class ManualClock final : public io::Clock {
 public:
  io::MonotonicTime monotonic() const override {
    std::lock_guard lock(mutex_);
    return io::MonotonicTime(std::chrono::hours(1)) + elapsed_;
  }
  io::WallTime wall() const override {
    std::lock_guard lock(mutex_);
    return io::WallTime(std::chrono::seconds(1700000000)) + elapsed_;
  }
  void advance(std::chrono::milliseconds by) {
    std::lock_guard lock(mutex_);
    elapsed_ += by;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::milliseconds elapsed_{0};
};

}  // namespace spillway::testing
