#pragma once
#include <cstdint>
#include <optional>

#include "crds/v1alpha1/types.hpp"

/// The one table from which decoding, encoding and the comparison with the schema follow: for every object type its JSON names,
/// members and limits. Nothing outside crds/v1alpha1 and its tests needs it.
namespace spillway::v1alpha1 {

/// What the schema allows in a field. Zero and null mean: no such limit.
struct Limits {
  bool required = false;
  std::optional<std::int64_t> minimum;
  std::optional<std::int64_t> maximum;
  std::size_t min_length = 0;
  std::size_t max_length = 0;
  const char* pattern = nullptr;
  std::size_t max_items = 0;        ///< of lists, and properties of maps
  const char* list_key = nullptr;   ///< a list map's key; lists without one are atomic
  double greatest_quantity = 0.0;   ///< of quantities, which are then above 0 as well

  constexpr Limits must() const {
    Limits copy = *this;
    copy.required = true;
    return copy;
  }
};

constexpr Limits any() { return {}; }
constexpr Limits whole(std::int64_t minimum, std::int64_t maximum) { return {.minimum = minimum, .maximum = maximum}; }
constexpr Limits at_least(std::int64_t minimum) { return {.minimum = minimum}; }
constexpr Limits text(std::size_t min_length, std::size_t max_length, const char* pattern = nullptr) {
  return {.min_length = min_length, .max_length = max_length, .pattern = pattern};
}
constexpr Limits positive_quantity(double greatest) { return {.max_length = 32, .greatest_quantity = greatest}; }
constexpr Limits quantity() { return {.max_length = 32}; }
constexpr Limits time() { return {.max_length = 64}; }
constexpr Limits list(std::size_t max_items, const char* key = nullptr) { return {.max_items = max_items, .list_key = key}; }
constexpr Limits map(std::size_t max_items, std::size_t max_length) { return {.max_length = max_length, .max_items = max_items}; }

inline constexpr std::int64_t kMostReplicas = 100000;
inline constexpr Limits kReplicaCount = whole(1, kMostReplicas);
inline constexpr Limits kName = text(1, 253);

/// Fields<T>::visit(f) calls f(json_name, pointer_to_member, limits) for every field of T, in the schema's order.
template <typename T>
struct Fields;

template <typename T>
concept ApiObject = requires { Fields<T>::visit([](auto&&...) {}); };

template <>
struct Fields<ScaleTargetRef> {
  static void visit(auto&& field) {
    field("apiVersion", &ScaleTargetRef::api_version, kName.must());
    field("kind", &ScaleTargetRef::kind, text(1, 63).must());
    field("name", &ScaleTargetRef::name, kName.must());
  }
};

template <>
struct Fields<Objective> {
  static void visit(auto&& field) {
    field("maxQueueDelayMilliseconds", &Objective::max_queue_delay_milliseconds, whole(1, 600000));
    field("targetUtilizationPercent", &Objective::target_utilization_percent, whole(1, 100));
    field("latePenalty", &Objective::late_penalty, positive_quantity(1e6));
  }
};

template <>
struct Fields<SecretKeyRef> {
  static void visit(auto&& field) {
    field("name", &SecretKeyRef::name, kName.must());
    field("key", &SecretKeyRef::key, kName.must());
  }
};

template <>
struct Fields<BasicAuthSecretRef> {
  static void visit(auto&& field) {
    field("name", &BasicAuthSecretRef::name, kName.must());
    field("usernameKey", &BasicAuthSecretRef::username_key, kName);
    field("passwordKey", &BasicAuthSecretRef::password_key, kName);
  }
};

template <>
struct Fields<PrometheusServer> {
  static void visit(auto&& field) {
    field("address", &PrometheusServer::address, text(1, 2048, "^https?://[^/?#@ ]+(/[^?# ]*)?$"));
    field("bearerTokenSecretRef", &PrometheusServer::bearer_token_secret_ref, any());
    field("basicAuthSecretRef", &PrometheusServer::basic_auth_secret_ref, any());
    field("caSecretRef", &PrometheusServer::ca_secret_ref, any());
    field("timeoutSeconds", &PrometheusServer::timeout_seconds, whole(1, 60));
  }
};

template <>
struct Fields<MetricQuery> {
  static void visit(auto&& field) {
    field("query", &MetricQuery::query, text(1, 4096).must());
    field("freshnessQuery", &MetricQuery::freshness_query, text(1, 4096));
    field("coverageQuery", &MetricQuery::coverage_query, text(1, 4096));
    field("maxAgeSeconds", &MetricQuery::max_age_seconds, whole(1, 3600));
  }
};

template <>
struct Fields<ArrivalRateMetric> {
  static void visit(auto&& field) {
    Fields<MetricQuery>::visit(field);
    field("counts", &ArrivalRateMetric::counts, any());
  }
};

template <>
struct Fields<BacklogMetric> {
  static void visit(auto&& field) {
    Fields<MetricQuery>::visit(field);
    field("includesInService", &BacklogMetric::includes_in_service, any());
  }
};

template <>
struct Fields<PushedMetrics> {
  static void visit(auto&& field) {
    field("serviceId", &PushedMetrics::service_id, text(1, 128, "^[a-zA-Z0-9\\-_./: ]+$").must());
    field("maxAgeSeconds", &PushedMetrics::max_age_seconds, whole(1, 3600));
    field("windowSeconds", &PushedMetrics::window_seconds, whole(1, 600));
  }
};

template <>
struct Fields<Metrics> {
  static void visit(auto&& field) {
    field("prometheus", &Metrics::prometheus, any());
    field("push", &Metrics::push, any());
    field("arrivalRate", &Metrics::arrival_rate, any());
    field("backlog", &Metrics::backlog, any());
    field("throughput", &Metrics::throughput, any());
    field("latency", &Metrics::latency, any());
    field("utilization", &Metrics::utilization, any());
  }
};

template <>
struct Fields<Capacity> {
  static void visit(auto&& field) {
    field("requestsPerSecondPerReplica", &Capacity::requests_per_second_per_replica, positive_quantity(1e6));
    field("concurrencyPerReplica", &Capacity::concurrency_per_replica, whole(1, 100000));
    field("startupSeconds", &Capacity::startup_seconds, whole(0, 3600));
  }
};

template <>
struct Fields<ScalingRules> {
  static void visit(auto&& field) {
    field("cooldownSeconds", &ScalingRules::cooldown_seconds, whole(0, 86400));
    field("maxReplicasPerPeriod", &ScalingRules::max_replicas_per_period, whole(0, kMostReplicas));
    field("frozen", &ScalingRules::frozen, any());
  }
};

template <>
struct Fields<Behavior> {
  static void visit(auto&& field) {
    field("scaleUp", &Behavior::scale_up, any());
    field("scaleDown", &Behavior::scale_down, any());
    field("maxMovesPerHour", &Behavior::max_moves_per_hour, whole(0, 3600));
  }
};

template <>
struct Fields<ScheduleEntry> {
  static void visit(auto&& field) {
    field("name", &ScheduleEntry::name, text(1, 63, "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$").must());
    field("cron", &ScheduleEntry::cron, text(1, 128).must());
    field("timeZone", &ScheduleEntry::time_zone, text(1, 64));
    field("durationSeconds", &ScheduleEntry::duration_seconds, whole(60, 2678400).must());
    field("minReplicas", &ScheduleEntry::min_replicas, kReplicaCount);
    field("maxReplicas", &ScheduleEntry::max_replicas, whole(0, kMostReplicas));
  }
};

template <>
struct Fields<ForecastSpec> {
  static void visit(auto&& field) {
    field("method", &ForecastSpec::method, any());
    field("seasonSeconds", &ForecastSpec::season_seconds, whole(60, 2678400));
    field("historySeconds", &ForecastSpec::history_seconds, whole(0, 7776000));
  }
};

template <>
struct Fields<Fallback> {
  static void visit(auto&& field) {
    field("onMissingMetrics", &Fallback::on_missing_metrics, any());
    field("afterSeconds", &Fallback::after_seconds, whole(0, 86400));
    field("replicas", &Fallback::replicas, kReplicaCount);
  }
};

template <>
struct Fields<AutoscalerPolicySpec> {
  static void visit(auto&& field) {
    field("scaleTargetRef", &AutoscalerPolicySpec::scale_target_ref, any().must());
    field("mode", &AutoscalerPolicySpec::mode, any());
    field("profile", &AutoscalerPolicySpec::profile, any());
    field("minReplicas", &AutoscalerPolicySpec::min_replicas, whole(0, kMostReplicas));
    field("maxReplicas", &AutoscalerPolicySpec::max_replicas, kReplicaCount.must());
    field("controlPeriodSeconds", &AutoscalerPolicySpec::control_period_seconds, whole(1, 300));
    field("horizonSeconds", &AutoscalerPolicySpec::horizon_seconds, whole(1, 7200));
    field("objective", &AutoscalerPolicySpec::objective, any());
    field("metrics", &AutoscalerPolicySpec::metrics, any().must());
    field("capacity", &AutoscalerPolicySpec::capacity, any());
    field("behavior", &AutoscalerPolicySpec::behavior, any());
    field("schedule", &AutoscalerPolicySpec::schedule, list(32, "name"));
    field("forecast", &AutoscalerPolicySpec::forecast, any());
    field("fallback", &AutoscalerPolicySpec::fallback, any());
  }
};

}  // namespace spillway::v1alpha1
