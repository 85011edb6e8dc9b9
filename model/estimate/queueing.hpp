#pragma once
#include "model/estimate/state_estimate.hpp"

namespace spillway::estimate {

/// How requests wait, learned from how many do while the service is busy but not full, against what M/M/m says (plant/lateness.hpp):
/// in one queue before all replicas, or in one per replica, which hold many times as many at the same use; and how irregular arrivals
/// and service times are, where even one queue explains more than is seen. Sums with slow forgetting, so that a single noisy count moves little.
class Queueing {
 public:
  /// One look at the queue. Rates in requests per second; `waiting` may be negative noise where it is a difference.
  struct Look {
    double arrival_rate = 0.0;
    double ready = 0.0;
    double capacity = 0.0;
    double concurrency = 1.0;
    double waiting = 0.0;
  };
  void update(const Look& look);

  /// 1: one queue before all replicas, 0: one per replica, linear in between. 1 while nothing is known; confidence 1 - e^(-looks that
  /// could tell).
  Estimated pooling() const;

  /// The variability factor (ca^2 + cs^2) / 2 of Allen and Cunneen, which multiplies the mean wait of M/M/m: 1 while nothing is known,
  /// less where fewer wait than one queue explains, at least 0.5 (random arrivals of equal requests). More waiting is laid on pooling.
  Estimated variability() const;

 private:
  double waiting_ = 0.0;  ///< seen
  double shared_ = 0.0;   ///< what one queue would hold
  double own_ = 0.0;      ///< what queues per replica would
};

}  // namespace spillway::estimate
