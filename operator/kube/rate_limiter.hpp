#pragma once
#include <chrono>

#include "operator/io/clock.hpp"

namespace spillway::kube {

/// A token bucket with time as an argument. Not thread-safe.
class TokenBucket {
 public:
  /// `per_second` <= 0 means no limit.
  TokenBucket(double per_second, double burst) : per_second_(per_second), burst_(burst), tokens_(burst) {}

  /// Takes a token, on credit if there is none, and says how long to wait before using it.
  io::MonotonicTime::duration reserve(io::MonotonicTime now);
  /// Takes a token only if there is one.
  bool try_take(io::MonotonicTime now);

 private:
  void refill(io::MonotonicTime now);

  double per_second_;
  double burst_;
  double tokens_;
  io::MonotonicTime last_{};
  bool started_ = false;
};

}  // namespace spillway::kube
