#include "operator/kube/rate_limiter.hpp"

#include <algorithm>

namespace spillway::kube {

void TokenBucket::refill(io::MonotonicTime now) {
  if (started_) {
    const double elapsed = std::chrono::duration<double>(now - last_).count();
    tokens_ = std::min(burst_, tokens_ + std::max(0.0, elapsed) * per_second_);
  }
  started_ = true;
  last_ = now;
}

io::MonotonicTime::duration TokenBucket::reserve(io::MonotonicTime now) {
  if (per_second_ <= 0) return {};
  refill(now);
  tokens_ -= 1.0;
  if (tokens_ >= 0) return {};
  return std::chrono::duration_cast<io::MonotonicTime::duration>(std::chrono::duration<double>(-tokens_ / per_second_));
}

bool TokenBucket::try_take(io::MonotonicTime now) {
  if (per_second_ <= 0) return true;
  refill(now);
  if (tokens_ < 1.0) return false;
  tokens_ -= 1.0;
  return true;
}

}  // namespace spillway::kube
