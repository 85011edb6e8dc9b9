#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "crds/v1alpha1/types.hpp"

namespace spillway::v1alpha1 {

/// The types that stand in status.conditions from the first visit on.
inline constexpr const char* kReady = "Ready";
inline constexpr const char* kAbleToScale = "AbleToScale";
inline constexpr const char* kScalingActive = "ScalingActive";
inline constexpr const char* kScalingLimited = "ScalingLimited";
inline constexpr const char* kMetricsFresh = "MetricsFresh";
inline constexpr const char* kModelReady = "ModelReady";
inline constexpr const char* kSolverHealthy = "SolverHealthy";
inline constexpr const char* kConflicted = "Conflicted";
inline constexpr const char* kFallbackActive = "FallbackActive";
/// These two are present only while true (kstatus).
inline constexpr const char* kReconciling = "Reconciling";
inline constexpr const char* kStalled = "Stalled";

/// The nine lasting types, in the order of status.conditions.
std::span<const char* const> lasting_condition_types();

/// What the controller wants to say; time and generation are filled in by set_condition.
struct ConditionUpdate {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;
  std::string message;
};

/// `conditions` with every lasting type present: those that are missing are added as Unknown, reason "NotYetObserved".
std::vector<Condition> with_all_types(std::vector<Condition> conditions, std::int64_t generation, Time now);

/// `conditions` with `update` put in. lastTransitionTime moves only when the status changes; observedGeneration always.
/// Reconciling and Stalled with any other status than True are taken out.
std::vector<Condition> set_condition(std::vector<Condition> conditions, const ConditionUpdate& update,
                                     std::int64_t generation, Time now);

/// nullptr if there is none of that type.
const Condition* find_condition(std::span<const Condition> conditions, std::string_view type);

}  // namespace spillway::v1alpha1
