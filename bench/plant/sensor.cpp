#include "bench/plant/sensor.hpp"

#include <utility>

namespace spillway::bench {

Observation SensorBank::read(Observation seen, double now) {
  if (!sensors_.throughput) seen.throughput = {};
  if (!sensors_.backlog) seen.backlog = {};
  if (!sensors_.latency) seen.latency = {};
  if (!sensors_.utilization) seen.utilization = {};
  spoil(seen.arrival_rate, Metric::kArrivalRate, now);
  spoil(seen.throughput, Metric::kThroughput, now);
  spoil(seen.backlog, Metric::kBacklog, now);
  spoil(seen.latency, Metric::kLatency, now);
  spoil(seen.utilization, Metric::kUtilization, now);
  return seen;
}

void SensorBank::spoil(Reading& reading, Metric metric, double now) {
  if (reading.absence == Absence::kNotAsked) return;
  Reading& good = good_[static_cast<int>(metric)];
  const Reading before = std::exchange(previous_[static_cast<int>(metric)], reading);
  bool faulty = false;
  for (const Fault& fault : faults_) {
    if ((fault.metric != metric && fault.metric != Metric::kAll) || now < fault.start || now >= fault.end) continue;
    faulty = true;
    switch (fault.kind) {
      case FaultKind::kSpike:
        reading = Reading::of(1e6, reading.time);
        break;
      case FaultKind::kNegative:
        reading = Reading::missing(Absence::kNegative, "-50");
        break;
      case FaultKind::kZero:
        reading = Reading::of(0.0, reading.time);
        break;
      case FaultKind::kNaN:
        reading = Reading::missing(Absence::kNotANumber, "NaN");
        break;
      case FaultKind::kEmpty:
        reading = Reading::missing(Absence::kEmpty, "no series");
        break;
      case FaultKind::kStale:
        reading = good;
        reading.absence = good.value ? Absence::kStale : Absence::kEmpty;
        break;
      case FaultKind::kStuck: {
        const Seconds time = reading.time;
        reading = good;
        reading.time = time;
        break;
      }
      case FaultKind::kDelayed:
        reading = before;
        break;
    }
  }
  if (!faulty) good = reading;
}

}  // namespace spillway::bench
