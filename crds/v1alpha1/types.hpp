#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "crds/v1alpha1/quantity.hpp"
#include "model/base/policy.hpp"

/// The custom resources of group autoscaling.spillway.dev, version v1alpha1, as plain values. The schema
/// (crds/autoscalerpolicies.yaml) is the source and documents every field; a test holds both together. A member's initialiser
/// is the schema's default; std::optional means that the schema has none.
namespace spillway::v1alpha1 {

inline constexpr const char* kGroup = "autoscaling.spillway.dev";
inline constexpr const char* kApiVersion = "autoscaling.spillway.dev/v1alpha1";
inline constexpr const char* kAutoscalerPolicyKind = "AutoscalerPolicy";
inline constexpr const char* kAutoscalerPolicyPlural = "autoscalerpolicies";

/// A point in time as objects carry it (metav1.Time: whole seconds, UTC).
using Time = std::chrono::sys_seconds;

/// The part of metav1.ObjectMeta that Spillway reads.
struct ObjectMetadata {
  std::string name;
  std::string namespace_name;
  std::string uid;
  std::string resource_version;
  std::int64_t generation = 0;
  bool deleting = false;  ///< deletionTimestamp is set
  std::map<std::string, std::string> labels;
  std::map<std::string, std::string> annotations;
};

struct ScaleTargetRef {
  std::string api_version;
  std::string kind;
  std::string name;
  bool operator==(const ScaleTargetRef&) const = default;
};

struct Objective {
  int max_queue_delay_milliseconds = 500;
  std::optional<int> target_utilization_percent;  ///< absent: the profile's
  std::optional<ResourceQuantity> late_penalty;   ///< replica-seconds per late request; absent: the profile's
  bool operator==(const Objective&) const = default;
};

/// A key of a Secret in the policy's namespace.
struct SecretKeyRef {
  std::string name;
  std::string key;
  bool operator==(const SecretKeyRef&) const = default;
};

struct BasicAuthSecretRef {
  std::string name;
  std::string username_key = "username";
  std::string password_key = "password";
  bool operator==(const BasicAuthSecretRef&) const = default;
};

struct PrometheusServer {
  std::optional<std::string> address;  ///< absent: the operator's default
  std::optional<SecretKeyRef> bearer_token_secret_ref;
  std::optional<BasicAuthSecretRef> basic_auth_secret_ref;
  std::optional<SecretKeyRef> ca_secret_ref;
  int timeout_seconds = 5;
  bool operator==(const PrometheusServer&) const = default;
};

/// What every metric has: how to ask, and how to tell that an answer is old or partial.
struct MetricQuery {
  std::string query;
  std::optional<std::string> freshness_query;
  std::optional<std::string> coverage_query;
  std::optional<int> max_age_seconds;  ///< absent: the operator's default
  bool operator==(const MetricQuery&) const = default;
};

/// What the arrival rate's query counts: requests accepted, or requests completed.
enum class ArrivalCounts { kArrivals, kCompletions };

struct ArrivalRateMetric : MetricQuery {
  ArrivalCounts counts = ArrivalCounts::kArrivals;
  bool operator==(const ArrivalRateMetric&) const = default;
};

struct BacklogMetric : MetricQuery {
  bool includes_in_service = false;
  bool operator==(const BacklogMetric&) const = default;
};

/// Points that are pushed to the operator's API; they stand in for the metrics that have no query.
struct PushedMetrics {
  std::string service_id;
  int max_age_seconds = 60;
  int window_seconds = 10;  ///< over which the sender averages its rates
  bool operator==(const PushedMetrics&) const = default;
};

struct Metrics {
  PrometheusServer prometheus;
  std::optional<ArrivalRateMetric> arrival_rate;  ///< absent: pushed
  std::optional<PushedMetrics> push;
  std::optional<BacklogMetric> backlog;
  std::optional<MetricQuery> throughput;
  std::optional<MetricQuery> latency;      ///< seconds
  std::optional<MetricQuery> utilization;  ///< ratio per replica
  bool operator==(const Metrics&) const = default;
};

struct Capacity {
  std::optional<ResourceQuantity> requests_per_second_per_replica;  ///< absent: learned, like the two below
  std::optional<int> concurrency_per_replica;
  std::optional<int> startup_seconds;
  bool operator==(const Capacity&) const = default;
};

struct ScalingRules {
  std::optional<int> cooldown_seconds;  ///< absent: 0 for growth, the profile's for shrinking
  int max_replicas_per_period = 0;      ///< 0 = no limit
  bool frozen = false;
  bool operator==(const ScalingRules&) const = default;
};

struct Behavior {
  ScalingRules scale_up;
  ScalingRules scale_down;
  int max_moves_per_hour = 0;  ///< 0 = no limit
  bool operator==(const Behavior&) const = default;
};

struct ScheduleEntry {
  std::string name;
  std::string cron;
  std::string time_zone = "UTC";
  int duration_seconds = 0;
  std::optional<int> min_replicas;
  std::optional<int> max_replicas;
  bool operator==(const ScheduleEntry&) const = default;
};

struct ForecastSpec {
  ForecastMethod method = ForecastMethod::kAuto;
  int season_seconds = 86400;
  int history_seconds = 1209600;
  bool operator==(const ForecastSpec&) const = default;
};

struct Fallback {
  FallbackAction on_missing_metrics = FallbackAction::kHold;
  int after_seconds = 300;
  std::optional<int> replicas;
  bool operator==(const Fallback&) const = default;
};

struct AutoscalerPolicySpec {
  ScaleTargetRef scale_target_ref;
  Mode mode = Mode::kActive;
  Profile profile = Profile::kNormal;
  int min_replicas = 1;
  int max_replicas = 0;  ///< required
  int control_period_seconds = 15;
  int horizon_seconds = 180;
  Objective objective;
  Metrics metrics;
  Capacity capacity;
  Behavior behavior;
  std::vector<ScheduleEntry> schedule;
  ForecastSpec forecast;
  Fallback fallback;
  bool operator==(const AutoscalerPolicySpec&) const = default;
};

/// Where the target stands against its capacity, with hysteresis (operator configuration: zones).
enum class Zone { kSafe, kWarning, kCollapse };

enum class ConditionStatus { kTrue, kFalse, kUnknown };

/// metav1.Condition.
struct Condition {
  std::string type;
  ConditionStatus status = ConditionStatus::kUnknown;
  std::string reason;  ///< one CamelCase word; part of the API
  std::string message;
  std::int64_t observed_generation = 0;
  Time last_transition_time{};
  bool operator==(const Condition&) const = default;
};

struct EstimateStatus {
  std::optional<ResourceQuantity> arrival_rate;  ///< requests per second
  std::optional<ResourceQuantity> backlog;       ///< requests waiting
  std::optional<ResourceQuantity> capacity_per_replica;
  std::optional<ResourceQuantity> startup_seconds;
  std::optional<int> pooling_percent;
  std::optional<int> confidence_percent;
  bool operator==(const EstimateStatus&) const = default;
};

struct ForecastStatus {
  std::optional<ResourceQuantity> p50;  ///< requests per second, one start-up lag ahead
  std::optional<ResourceQuantity> p90;
  std::optional<int> time_to_saturation_seconds;
  std::optional<int> breach_probability_percent;
  std::optional<int> skill_percent;
  std::optional<std::string> method;
  bool operator==(const ForecastStatus&) const = default;
};

struct PlanStageStatus {
  int offset_seconds = 0;
  int replicas = 0;
  ResourceQuantity backlog;
  bool operator==(const PlanStageStatus&) const = default;
};

struct PlanStatus {
  std::optional<int> horizon_seconds;
  std::vector<PlanStageStatus> stages;  ///< at most 12
  std::optional<std::string> quality;
  std::optional<int> gap_percent;
  bool operator==(const PlanStatus&) const = default;
};

struct ShadowPriceStatus {
  std::string constraint;
  ResourceQuantity price;
  bool operator==(const ShadowPriceStatus&) const = default;
};

struct TrailEntryStatus {
  std::string guard;
  int before = 0;
  int after = 0;
  std::string message;
  bool operator==(const TrailEntryStatus&) const = default;
};

struct LastDecision {
  Time time{};
  int from = 0;
  ResourceQuantity raw;
  int final_replicas = 0;  ///< "final" in JSON
  std::string reason;
  std::string message;
  std::optional<std::string> binding_constraint;
  std::vector<ShadowPriceStatus> shadow_prices;
  std::vector<TrailEntryStatus> trail;
  bool operator==(const LastDecision&) const = default;
};

struct AutoscalerPolicyStatus {
  std::optional<std::int64_t> observed_generation;
  std::vector<Condition> conditions;
  std::optional<int> current_replicas;
  std::optional<int> ready_replicas;
  std::optional<int> desired_replicas;
  std::optional<Time> last_scale_time;
  std::optional<Zone> zone;
  std::map<std::string, std::string> effective_parameters;
  std::optional<EstimateStatus> estimate;
  std::optional<ForecastStatus> forecast;
  std::optional<PlanStatus> plan;
  std::optional<LastDecision> last_decision;
  bool operator==(const AutoscalerPolicyStatus&) const = default;
};

struct AutoscalerPolicy {
  ObjectMetadata metadata;
  AutoscalerPolicySpec spec;
  AutoscalerPolicyStatus status;
};

}  // namespace spillway::v1alpha1
