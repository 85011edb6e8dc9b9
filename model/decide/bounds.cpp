#include "model/decide/bounds.hpp"

#include <algorithm>

namespace spillway::decide {

namespace {

bool overlaps(const CalendarWindow& window, Seconds start, Seconds end) {
  // A moment (start == end) belongs to the windows that contain it.
  return window.start < std::max(end, start + Seconds(1e-9)) && start < window.end;
}

}  // namespace

Bounds bounds_during(const std::vector<CalendarWindow>& calendar, const Policy& policy, Seconds start, Seconds end) {
  Bounds bounds{policy.min_replicas, policy.max_replicas, {}, {}};
  for (const CalendarWindow& window : calendar) {
    if (!overlaps(window, start, end)) continue;
    if (window.min_replicas && *window.min_replicas > bounds.min) {
      bounds.min = std::min(*window.min_replicas, policy.max_replicas);
      bounds.min_window = window.name;
    }
    if (window.max_replicas && *window.max_replicas < bounds.max) {
      bounds.max = *window.max_replicas;
      bounds.max_window = window.name;
    }
  }
  bounds.max = std::max(bounds.max, bounds.min);
  return bounds;
}

}  // namespace spillway::decide
