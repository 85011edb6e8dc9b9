#pragma once
#include <map>
#include <optional>
#include <string>

#include "controllers/autoscaler_policy/act.hpp"
#include "controllers/autoscaler_policy/rivals.hpp"
#include "model/loop/step.hpp"

namespace spillway::autoscaler_policy {

/// A reason why no decision could be taken, as condition Ready tells it.
struct Obstacle {
  std::string reason;  ///< "TargetNotFound", "InvalidSpec", ...
  std::string message;
  bool about_target = false;  ///< else about the policy itself
  bool needs_people = false;  ///< nothing but an edit helps: Stalled
};

/// What was decided and how it came about.
struct Verdict {
  Observation observation;
  decide::Decision decision;
  loop::Trace trace;
  WriteResult write;
};

/// Everything that one reconcile found out: what status, events, metrics and log are made of.
struct Findings {
  Seconds now{0.0};
  Mode mode = Mode::kActive;
  std::map<std::string, std::string> effective_parameters;
  std::optional<Obstacle> obstacle;  ///< then there is no verdict
  std::optional<Verdict> verdict;
  std::optional<Rival> rival;
  OtherWriters::Verdict other_writer;
  std::optional<Error> cache_failure;  ///< pods cannot be listed or watched
};

}  // namespace spillway::autoscaler_policy
