#pragma once
#include "model/base/observation.hpp"
#include "model/base/policy.hpp"
#include "model/signal/ring.hpp"

namespace spillway::estimate {

/// Learns how long a replica takes from asked-for to ready. Uses the pods' own times where they are reported; otherwise
/// watches how long `ready` takes to follow `replicas`.
class StartupLag {
 public:
  explicit StartupLag(const Policy& policy);

  void update(const Observation& observation, const Policy& policy, Seconds now);

  double p50() const;         ///< seconds
  double p90() const;         ///< seconds; never below the age of replicas that are still awaited
  double confidence() const;  ///< 0..1

 private:
  /// A start-up time lies between the last look at which the replica was not ready and the first at which it was.
  struct Sample {
    double low = 0.0, high = 0.0;
  };
  struct Asked {
    Replicas target = 0;  ///< fulfilled when this many are ready
    double time = 0.0;    ///< when it was asked for
  };
  double likely(const Sample& sample) const;
  void watch_replicas(const Observation& observation, double now);
  double quantile(double p, double Sample::*side, double prior) const;

  double prior_;
  bool given_;
  signal::Ring<Sample, 32> samples_;
  signal::Ring<Asked, 16> asked_;
  Replicas previous_replicas_ = -1;
  double previous_time_ = 0.0;
  double longest_wait_ = 0.0;
};

}  // namespace spillway::estimate
