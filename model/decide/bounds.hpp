#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/base/observation.hpp"
#include "model/base/policy.hpp"

namespace spillway::decide {

/// The range that replicas must lie in at one moment, and the calendar entry that moved either end (empty: the policy's own).
struct Bounds {
  Replicas min = 0;
  Replicas max = 0;
  std::string min_window;
  std::string max_window;
};

/// Bounds in force during [start, end): the policy's own, tightened by every calendar window that overlaps. Where a floor and
/// a ceiling clash the floor wins, but never above the policy's maxReplicas.
Bounds bounds_during(const std::vector<CalendarWindow>& calendar, const Policy& policy, Seconds start, Seconds end);

/// Bounds in force at one moment.
inline Bounds bounds_at(const std::vector<CalendarWindow>& calendar, const Policy& policy, Seconds now) {
  return bounds_during(calendar, policy, now, now);
}

}  // namespace spillway::decide
