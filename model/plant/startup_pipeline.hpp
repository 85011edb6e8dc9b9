#pragma once
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "model/base/stages.hpp"

namespace spillway::plant {

/// One upper limit on the ready replicas of a stage: n <= constant + sum of weight x r_stage over `wanted`.
struct ReadyLimit {
  double constant = 0.0;
  std::vector<std::pair<std::size_t, double>> wanted;
};

/// All limits of one stage; the least one binds.
struct StageLimits {
  std::vector<ReadyLimit> limits;
  double known_share = 0.0;  ///< share of the stage that lies before now + lag, 0..1: there only existing pods can serve,
  double known = 0.0;        ///< adding this much to the stage's mean
};

/// The start-up pipeline (design/model.md, "Plant"). At time t there can be ready
///   n(t) <= min of r over [t - lag, t]     asked a lag ago and never given up since; removal acts at once
///   n(t) <= ready + those due by t         while t < lag
/// A stage's n is the mean over the stage. Where the lag falls inside a stage, what was asked in several stages arrives in it
/// (the theta-interpolation); each such part counts only as far as it was kept afterwards.
/// `ready` pods now; `pending_due` seconds from now, ascending; startup (the lag) in seconds, >= 0.
std::vector<StageLimits> ready_limits(const StageGrid& grid, double startup, double ready, std::span<const double> pending_due);

/// The most replicas that can be ready in each stage when `wanted` is asked for.
std::vector<double> ready_path(std::span<const StageLimits> limits, std::span<const double> wanted);

}  // namespace spillway::plant
