#pragma once
#include "operator/io/clock.hpp"

namespace spillway::autoscaler_policy {

/// When a policy is due: a grid of control periods that starts when the policy was first seen, so that ticks never
/// drift and policies with the same period do not all fall due together.
class TickGrid {
 public:
  using Duration = io::MonotonicTime::duration;

  /// Starts at `now`, which is due at once; keeps the grid if the period is unchanged.
  void use_period(Duration period, io::MonotonicTime now) {
    if (period == period_) return;
    period_ = period;
    due_ = now;
  }
  bool is_due(io::MonotonicTime now) const { return now >= due_; }
  io::MonotonicTime due() const { return due_; }

  /// Moves on to the first point after `now` and says how many points were passed over without a decision.
  int advance(io::MonotonicTime now) {
    if (now < due_) return 0;
    const auto passed = (now - due_) / period_;
    due_ += (passed + 1) * period_;
    return static_cast<int>(passed);
  }

 private:
  Duration period_{0};
  io::MonotonicTime due_{};
};

}  // namespace spillway::autoscaler_policy
