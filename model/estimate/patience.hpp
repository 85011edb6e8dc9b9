#pragma once
#include <optional>

namespace spillway::estimate {

/// How long work can wait before it is lost, learned from loss itself: clients give up, or full queues refuse (a queue of K requests
/// per pod is a longest wait of K / mu). Work that is lost anyway needs no replicas later, so that the plan must not chase it
/// (fluid limit of a queue with impatient customers, Whitt 2006). Unknown until loss was seen.
class Patience {
 public:
  /// What one observation shows: rates in requests per second over the last `dt` seconds, waiting requests before and after it.
  struct Flow {
    double dt = 0.0;
    double offered = 0.0;
    double served = 0.0;
    double waiting_before = 0.0;
    double waiting = 0.0;
  };
  void update(const Flow& flow);

  /// Seconds; nothing while no loss was seen.
  std::optional<double> seconds() const { return seconds_; }

 private:
  std::optional<double> seconds_;
  int losing_ = 0;  ///< observations in a row that lost work
};

}  // namespace spillway::estimate
