#pragma once
#include <array>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "model/base/units.hpp"

namespace spillway {

/// Why a metric has no usable value. Missing is never zero, and each way of missing is told apart.
enum class Absence {
  kNone,        ///< a value is present
  kNotAsked,    ///< the policy has no query for it
  kEmpty,       ///< the query returned no series
  kNotANumber,  ///< NaN
  kInfinite,
  kNegative,
  kStale,    ///< older than maxAgeSeconds
  kPartial,  ///< fewer series than ready pods (coverageQuery)
  kError,    ///< the server answered with an error
  kTimeout,  ///< no answer in time
};

/// The reason word for conditions and metrics ("Empty", "Stale", ...).
const char* to_string(Absence absence);

/// One sensor's answer: a value with the time at which it was true, or the reason why there is none.
/// A kStale or kPartial reading may still carry its value: it may support growth, never a shrink.
struct Reading {
  std::optional<double> value;
  Seconds time{0.0};
  Absence absence = Absence::kNotAsked;
  std::string detail;  ///< for people: the server's words, the age, the coverage

  bool usable() const { return absence == Absence::kNone && value.has_value(); }
  static Reading of(double value, Seconds time) { return {value, time, Absence::kNone, {}}; }
  static Reading missing(Absence why, std::string detail = {}) { return {std::nullopt, Seconds(0), why, std::move(detail)}; }
};

/// A pod that is not ready yet.
struct PendingPod {
  Seconds age{0.0};         ///< since creation
  bool schedulable = true;  ///< false once the scheduler said Unschedulable: it counts as no future capacity
};

/// What the calendar of a policy demands during [start, end).
struct CalendarWindow {
  std::string name;
  Seconds start{0.0};
  Seconds end{0.0};
  std::optional<Replicas> min_replicas;
  std::optional<Replicas> max_replicas;
};

/// Facts about the controller itself that forbid acting.
struct Gates {
  bool synced = true;  ///< caches have listed at least once
  bool leader = true;
  std::string rival;  ///< who else writes this target's replicas; empty if nobody
};

/// Everything that one decision may know about the outside world, at one moment. Built by the controller from its caches
/// and from Prometheus, or read from a line of `spillway step`.
struct Observation {
  Reading arrival_rate;  ///< requests offered per second, a mean over the recent past
  Reading throughput;    ///< requests completed per second
  Reading backlog;       ///< requests waiting, or waiting + in service (Policy::backlog_includes_in_service)
  Reading latency;       ///< seconds, a high percentile
  Reading utilization;   ///< busy share per replica, 0..1
  Replicas replicas = 0;  ///< spec.replicas
  Replicas ready = 0;     ///< pods of the target that are ready (surge pods of a rollout excluded)
  /// Pods not ready yet. Absent when the source cannot list pods; the step then infers ages from its own past moves.
  std::optional<std::vector<PendingPod>> pending;
  /// Created-to-Ready durations of the pods that turned ready since the last observation.
  std::vector<Seconds> startup_times;
  bool rollout_in_progress = false;
  bool growth_blocked = false;  ///< a ResourceQuota or the scheduler refuses more pods
  std::vector<CalendarWindow> calendar;
  Gates gates;

  /// The sensors' answers with the names that policies give them.
  std::array<std::pair<const char*, const Reading*>, 5> readings() const {
    return {{{"arrivalRate", &arrival_rate}, {"throughput", &throughput}, {"backlog", &backlog}, {"latency", &latency}, {"utilization", &utilization}}};
  }
};

/// One point of recorded demand, as a Prometheus range query gives it.
struct HistoryPoint {
  Seconds time{0.0};
  double rate = 0.0;  ///< requests per second
};

}  // namespace spillway
