#pragma once
#include <deque>
#include <string_view>
#include <vector>

#include "model/base/observation.hpp"

namespace spillway::bench {

/// What is wrong with a sensor between `start` and `end` (seconds).
enum class FaultKind {
  kSpike,     ///< reads 1e6
  kNegative,  ///< reads -50
  kZero,      ///< reads 0
  kNaN,       ///< reads not-a-number
  kEmpty,     ///< no series
  kStale,     ///< the last good reading again, with its old time, marked stale
  kStuck,     ///< the last good value again, with a fresh time: nothing gives it away
  kDelayed,   ///< every reading comes one observation late, with its true (older) time
};

enum class Metric { kArrivalRate, kThroughput, kBacklog, kLatency, kUtilization, kAll };

struct Fault {
  FaultKind kind = FaultKind::kSpike;
  Metric metric = Metric::kArrivalRate;
  double start = 0.0;
  double end = 0.0;
};

/// Which optional queries a policy gives; the rest reads as not asked. The arrival rate is always there.
struct Sensors {
  bool throughput = true;
  bool backlog = true;
  bool latency = true;
  bool utilization = true;
};

/// Stands between plant and law: leaves out what is not asked and spoils what a fault spoils. What a real observer
/// would notice is marked as the operator marks it (a NaN is kNotANumber); what nobody could notice is passed as a good
/// reading.
class SensorBank {
 public:
  SensorBank(Sensors sensors, std::vector<Fault> faults) : sensors_(sensors), faults_(std::move(faults)) {}
  Observation read(Observation truth, double now);

 private:
  void spoil(Reading& reading, Metric metric, double now);

  Sensors sensors_;
  std::vector<Fault> faults_;
  Reading good_[5];      ///< the last reading before a fault, per metric
  Reading previous_[5];  ///< the last true reading, per metric
};

}  // namespace spillway::bench
