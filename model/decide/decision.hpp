#pragma once
#include <string>
#include <vector>

#include "model/base/units.hpp"

namespace spillway::decide {

/// One guard's say. Only guards that changed the number, or forbade a change, leave an entry.
struct TrailEntry {
  std::string guard;    ///< "Cooldown", "StaleData", "MinMax", ...
  Replicas before = 0;
  Replicas after = 0;
  std::string message;  ///< why, in plain words
};

/// What to do now and why.
struct Decision {
  Replicas replicas = 0;   ///< to write to spec.replicas; equal to the observed value = no move
  double raw = 0.0;        ///< what the plan wanted before rounding and guards
  std::string reason;      ///< one CamelCase word: "PlannedGrowth", "Backlog", "SteadyState", "StaleData", ...
  std::string message;     ///< one plain sentence with the figures
  std::vector<TrailEntry> trail;
  bool fallback = false;   ///< the declared fallback is in force
};

}  // namespace spillway::decide
