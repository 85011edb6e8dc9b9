#include <array>

#include "operator/record/json.hpp"

namespace spillway::record {
namespace {

constexpr std::array kModes = {"Active", "DryRun", "Paused"};
constexpr std::array kProfiles = {"Safe", "Normal", "Performance"};
constexpr std::array kFallbacks = {"Hold", "Replicas", "LastPlan"};
constexpr std::array kMethods = {"Auto", "Hold", "Seasonal", "AutoRegressive"};

constexpr const auto& words(Mode) {
  return kModes;
}
constexpr const auto& words(Profile) {
  return kProfiles;
}
constexpr const auto& words(FallbackAction) {
  return kFallbacks;
}
constexpr const auto& words(ForecastMethod) {
  return kMethods;
}

/// Every field once, for both directions.
template <typename SomePolicy, typename Visit>
void each_field(SomePolicy& policy, Visit&& visit) {
  visit("mode", policy.mode);
  visit("profile", policy.profile);
  visit("minReplicas", policy.min_replicas);
  visit("maxReplicas", policy.max_replicas);
  visit("controlPeriodSeconds", policy.control_period);
  visit("horizonSeconds", policy.horizon);
  visit("maxQueueDelaySeconds", policy.max_queue_delay);
  visit("targetUtilization", policy.target_utilization);
  visit("latePenalty", policy.late_penalty);
  visit("latePenaltyFactor", policy.late_penalty_factor);
  visit("quantileWidening", policy.quantile_widening);
  visit("arrivalRateCountsCompletions", policy.arrival_rate_counts_completions);
  visit("backlogIncludesInService", policy.backlog_includes_in_service);
  visit("rateWindowSeconds", policy.rate_window);
  visit("capacity", policy.capacity);
  visit("concurrency", policy.concurrency);
  visit("startupSeconds", policy.startup);
  visit("scaleUpCooldownSeconds", policy.scale_up.cooldown);
  visit("scaleUpMaxReplicasPerPeriod", policy.scale_up.max_replicas_per_period);
  visit("scaleUpFrozen", policy.scale_up.frozen);
  visit("scaleDownCooldownSeconds", policy.scale_down.cooldown);
  visit("scaleDownMaxReplicasPerPeriod", policy.scale_down.max_replicas_per_period);
  visit("scaleDownFrozen", policy.scale_down.frozen);
  visit("maxMovesPerHour", policy.max_moves_per_hour);
  visit("forecastMethod", policy.forecast_method);
  visit("seasonSeconds", policy.season);
  visit("historySeconds", policy.history);
  visit("onMissingMetrics", policy.on_missing_metrics);
  visit("fallbackAfterSeconds", policy.fallback_after);
  visit("fallbackReplicas", policy.fallback_replicas);
}

struct Writer {
  Json& object;

  void operator()(const char* field, bool value) { object[field] = value; }
  void operator()(const char* field, int value) { object[field] = value; }
  void operator()(const char* field, double value) { object[field] = value; }
  void operator()(const char* field, Seconds value) { object[field] = value.value(); }
  template <typename T>
  void operator()(const char* field, const std::optional<T>& value) {
    if (value) (*this)(field, *value);
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void operator()(const char* field, Enum value) { object[field] = words(value)[static_cast<std::size_t>(value)]; }
};

struct Reader {
  const Json& object;

  void operator()(const char* field, bool& value) { value = optional_flag(object, field, value); }
  void operator()(const char* field, int& value) { value = required_count(object, field); }
  void operator()(const char* field, double& value) { value = required_number(object, field); }
  void operator()(const char* field, Seconds& value) { value = Seconds(required_number(object, field)); }
  template <typename T>
  void operator()(const char* field, std::optional<T>& value) {
    if (object.contains(field)) value = T(required_number(object, field));
  }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void operator()(const char* field, Enum& value) {
    const auto& known = words(value);
    const std::string word = optional_string(object, field);
    for (std::size_t i = 0; i < known.size(); ++i) {
      if (word == known[i]) {
        value = static_cast<Enum>(i);
        return;
      }
    }
    reject(field, object.contains(field) ? object.at(field) : Json(), "one of " + Json(known).dump());
  }
};

}  // namespace

Json to_json(const Policy& policy) {
  Json object = Json::object();
  each_field(policy, Writer{object});
  return object;
}

Policy policy_from(const Json& object) {
  if (!object.is_object()) reject("policy", object, "an object");
  Policy policy;
  each_field(policy, Reader{object});
  return policy;
}

}  // namespace spillway::record
