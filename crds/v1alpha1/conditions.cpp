#include "crds/v1alpha1/conditions.hpp"

#include <algorithm>
#include <array>

namespace spillway::v1alpha1 {

namespace {

constexpr std::array<const char*, 9> kLastingTypes = {kReady,      kAbleToScale,   kScalingActive, kScalingLimited, kMetricsFresh,
                                                      kModelReady, kSolverHealthy, kConflicted,    kFallbackActive};

bool only_while_true(std::string_view type) { return type == kReconciling || type == kStalled; }

}  // namespace

std::span<const char* const> lasting_condition_types() { return kLastingTypes; }

const Condition* find_condition(std::span<const Condition> conditions, std::string_view type) {
  const auto found = std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == type; });
  return found == conditions.end() ? nullptr : &*found;
}

std::vector<Condition> with_all_types(std::vector<Condition> conditions, std::int64_t generation, Time now) {
  for (const char* type : kLastingTypes) {
    if (!find_condition(conditions, type))
      conditions.push_back({type, ConditionStatus::kUnknown, "NotYetObserved", "not observed yet", generation, now});
  }
  return conditions;
}

std::vector<Condition> set_condition(std::vector<Condition> conditions, const ConditionUpdate& update, std::int64_t generation,
                                     Time now) {
  const auto place = std::find_if(conditions.begin(), conditions.end(), [&](const Condition& c) { return c.type == update.type; });
  if (only_while_true(update.type) && update.status != ConditionStatus::kTrue) {
    if (place != conditions.end()) conditions.erase(place);
    return conditions;
  }
  Condition next{update.type, update.status, update.reason, update.message, generation, now};
  if (place == conditions.end()) {
    conditions.push_back(std::move(next));
    return conditions;
  }
  if (place->status == next.status) next.last_transition_time = place->last_transition_time;
  *place = std::move(next);
  return conditions;
}

}  // namespace spillway::v1alpha1
