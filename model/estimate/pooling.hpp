#pragma once
#include "model/estimate/state_estimate.hpp"

namespace spillway::estimate {

/// Whether requests wait in one queue before all replicas (1) or in one per replica (0), learned from how many wait while the
/// service is busy but not full: by M/M/m queues per replica hold many times what one shared queue holds at the same use
/// (plant/lateness.hpp). Sums with slow forgetting, so that a single noisy count moves little.
class Pooling {
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

  /// Value 1 while nothing is known; confidence 1 - e^(-looks that could tell).
  Estimated efficiency() const;

 private:
  double excess_ = 0.0;      ///< waiting beyond what one shared queue explains
  double difference_ = 0.0;  ///< what queues per replica would hold beyond that
};

}  // namespace spillway::estimate
