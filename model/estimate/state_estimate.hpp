#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/base/units.hpp"

namespace spillway::estimate {

/// A learned number and how far to trust it: 0 = a guess, 1 = given by the policy or measured many times.
struct Estimated {
  double value = 0.0;
  double confidence = 0.0;
};

/// A sample that was refused, for events and the trail.
struct Rejection {
  std::string metric;  ///< "arrivalRate", "throughput", ...
  std::string reason;  ///< "Spike", "Negative", "Stuck", ... or an Absence word
  double value = 0.0;
};

/// What is known about the service now. Rates in requests per second, times in seconds, counts in requests.
struct StateEstimate {
  Estimated arrival_rate;  ///< offered, now
  double rate_to_learn = 0.0;  ///< arrival_rate, limited where only the sensor's own repetition speaks for it: for what is remembered
  Estimated backlog;       ///< waiting, not in service
  Estimated capacity;      ///< mu: per ready replica, at full use
  Estimated concurrency;   ///< c: served at once per replica
  double startup_p50 = 0.0;  ///< created -> ready
  double startup_p90 = 0.0;
  double startup_confidence = 0.0;
  std::optional<double> patience;  ///< seconds that work can wait before it is lost; unknown until loss was seen
  Estimated pooling{1.0, 0.0};      ///< 1: one queue before all replicas, 0: one per replica (estimate/queueing.hpp)
  Estimated variability{1.0, 0.0};  ///< (ca^2 + cs^2) / 2: how irregular arrivals and service times are (estimate/queueing.hpp)
  double metric_delay = 0.0;  ///< how old the arrival rate is, window included
  double utilization = 0.0;   ///< arrival_rate / (ready x capacity)
  bool demand_known = false;  ///< false: no usable arrival information at all at this step
  bool backlog_known = false;  ///< measured, or inferred from a known demand; else `backlog` is what is left of an old belief
  bool degraded = false;      ///< some input is missing, stale, partial or suspect: growth may be planned, shrinking may not
  bool warm = false;          ///< enough was seen to shrink
  bool arrival_is_throughput = false;  ///< only completions are counted and no backlog is known: overload is inferred
  bool regime_shift = false;  ///< a sudden change of level was detected at this step
  std::vector<Rejection> rejections;
  std::string degraded_reason;  ///< for people
};

}  // namespace spillway::estimate
