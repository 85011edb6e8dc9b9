#pragma once
#include <optional>

#include "model/base/units.hpp"

namespace spillway {

enum class Mode { kActive, kDryRun, kPaused };
enum class Profile { kSafe, kNormal, kPerformance };
enum class FallbackAction { kHold, kReplicas, kLastPlan };
enum class ForecastMethod { kAuto, kHold, kSeasonal, kAutoRegressive };

/// Limits on moves in one direction.
struct DirectionLimits {
  Seconds cooldown{0.0};              ///< least time since the last move in either direction
  Replicas max_replicas_per_period = 0;  ///< 0 = no limit
  bool frozen = false;
};

/// What the law needs of a policy once defaults are filled in. Plain values in base units; the custom resource's types and
/// their codec live in crds/, and crds/v1alpha1/resolve.hpp makes this of them.
struct Policy {
  Mode mode = Mode::kActive;
  Profile profile = Profile::kNormal;
  Replicas min_replicas = 1;
  Replicas max_replicas = 10;
  Seconds control_period{15.0};
  Seconds horizon{180.0};  ///< as asked; in force is at least the start-up lag + 4 periods

  Seconds max_queue_delay{0.5};      ///< a request that waits longer is late
  double target_utilization = 0.8;   ///< set point rho, 0..1
  /// Replica-seconds that one late request is worth. Absent: 20 / (mu x rho), docs/control-law.md.
  std::optional<double> late_penalty;
  /// Multiplies that default price, never a given one (profiles: Safe and Performance price lateness higher).
  double late_penalty_factor = 1.0;
  /// Stretches the forecast's quantiles about the median before scenarios are made (profile Safe plans for wider errors).
  double quantile_widening = 1.0;

  bool arrival_rate_counts_completions = false;
  bool backlog_includes_in_service = false;
  /// Averaging window of the arrival rate's query (the [30s] of rate()); the sample describes the middle of it.
  Seconds rate_window{30.0};

  std::optional<double> capacity;          ///< requests per second and replica (mu); absent = learn
  std::optional<double> concurrency;       ///< requests that a replica serves at once (c); absent = learn
  std::optional<Seconds> startup;          ///< created -> ready; absent = learn

  DirectionLimits scale_up;
  DirectionLimits scale_down{Seconds(120.0), 0, false};
  int max_moves_per_hour = 0;  ///< flap budget, 0 = none

  ForecastMethod forecast_method = ForecastMethod::kAuto;
  Seconds season{86400.0};
  Seconds history{1209600.0};

  FallbackAction on_missing_metrics = FallbackAction::kHold;
  Seconds fallback_after{300.0};
  Replicas fallback_replicas = 0;
};

}  // namespace spillway
