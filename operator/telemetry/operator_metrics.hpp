#pragma once
#include <array>
#include <string>
#include <string_view>

#include "operator/telemetry/metrics.hpp"

/// The operator's own metrics: names, help and labels in one place. They are part of the API (docs, dashboards, alerts).
/// Upstream names are kept where they exist (client-go and controller-runtime), so that known dashboards work.
namespace spillway::telemetry {

/// Labels of everything that belongs to one policy. remove_series(policy_labels(...)) forgets a deleted one.
inline Labels policy_labels(const std::string& namespace_name, const std::string& name) {
  return {{"namespace", namespace_name}, {"policy", name}};
}
/// The same and one more label.
inline Labels policy_labels(const std::string& namespace_name, const std::string& name, const std::string& label,
                            const std::string& value) {
  return {{"namespace", namespace_name}, {"policy", name}, {label, value}};
}

namespace metric {

// Per policy: labels namespace, policy and what is named in {}.
inline constexpr MetricSpec kReplicas{"spillway_replicas", "Replicas of the target. {kind}: current, ready, desired or raw (the plan before rounding and guards)."};
inline constexpr MetricSpec kArrivalRate{"spillway_arrival_rate", "Estimated requests offered per second."};
inline constexpr MetricSpec kBacklog{"spillway_backlog", "Estimated requests waiting, without those in service."};
inline constexpr MetricSpec kLatency{"spillway_latency_seconds", "Latency as the policy's query gives it; no series without such a query or a usable sample."};
inline constexpr MetricSpec kUtilization{"spillway_utilization", "Arrival rate over the capacity of the ready replicas; 1 is saturation."};
inline constexpr MetricSpec kCapacityPerReplica{"spillway_capacity_per_replica", "Estimated requests per second that one replica serves at full use."};
inline constexpr MetricSpec kStartupSeconds{"spillway_startup_seconds", "Estimated time from creation to readiness of a pod (median)."};
inline constexpr MetricSpec kForecast{"spillway_forecast", "Forecast arrival rate one start-up lag ahead, requests per second. {percentile}"};
inline constexpr MetricSpec kForecastError{"spillway_forecast_error", "Mean absolute error of the median forecast since this process leads, requests per second. {lead}: period, startup or halfHorizon ahead."};
inline constexpr MetricSpec kForecastCoverage{"spillway_forecast_coverage", "Share of the time in which demand was at or below a forecast's percentile, one start-up lag ahead; ideally the percentile itself. {percentile}"};
inline constexpr MetricSpec kBrierScore{"spillway_breach_brier_score", "Mean squared difference between spillway_slo_breach_probability and what came; 0 is perfect, 0.25 is a coin."};
inline constexpr MetricSpec kSaturationWarnings{"spillway_saturation_warnings_total", "Warnings of saturation judged by what came. {result}: hit, falseAlarm or miss (saturation without a warning)."};
inline constexpr MetricSpec kWarningLead{"spillway_saturation_warning_lead_seconds", "Median time from a warning of saturation that came true to the saturation."};
inline constexpr MetricSpec kIncidents{"spillway_incident_open", "1 while an incident of the rule is open. {rule}"};
inline constexpr MetricSpec kTimeToSaturation{"spillway_time_to_saturation_seconds", "Seconds until demand passes capacity by the median forecast; no series when it does not within the horizon."};
inline constexpr MetricSpec kBreachProbability{"spillway_slo_breach_probability", "Probability that the backlog passes its limit within 60 s."};
inline constexpr MetricSpec kPlanCost{"spillway_plan_cost", "Expected cost of the plan over its horizon in replica-seconds, lateness included."};
inline constexpr MetricSpec kDecisions{"spillway_decisions_total", "Decisions taken. {reason}"};
inline constexpr MetricSpec kClamps{"spillway_clamps_total", "Decisions that a guard changed. {guard}"};
inline constexpr MetricSpec kScaleWrites{"spillway_scale_writes_total", "Writes to the target's scale. {outcome}"};
inline constexpr MetricSpec kSampleAge{"spillway_sample_age_seconds", "Age of the newest sample when it was used. {metric}"};
inline constexpr MetricSpec kSamplesRejected{"spillway_samples_rejected_total", "Samples that were missing or refused. {metric, reason}"};
inline constexpr MetricSpec kSignalConfidence{"spillway_signal_confidence", "How far the estimates are trusted, 0 to 1."};
inline constexpr MetricSpec kMode{"spillway_mode", "1 for the policy's present mode. {mode}: Active, DryRun or Paused."};
inline constexpr MetricSpec kZone{"spillway_zone", "1 for the policy's present zone. {zone}: Safe, Warning or Collapse."};

// The whole process.
inline constexpr std::array<double, 12> kSecondsBuckets = {0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0};

inline constexpr HistogramSpec kReconcileSeconds{"spillway_reconcile_seconds", "Time of one reconcile.", kSecondsBuckets};
inline constexpr HistogramSpec kStageSeconds{"spillway_stage_seconds", "Time of one stage of a decision. {stage}: observe, step, act or report.", kSecondsBuckets};
inline constexpr HistogramSpec kDecisionLateness{"spillway_decision_lateness_seconds", "How long after its due time a decision was taken.", kSecondsBuckets};
inline constexpr MetricSpec kTickOverruns{"spillway_tick_overruns_total", "Control periods that passed without a decision because the one before was not done."};
inline constexpr MetricSpec kSolverStatus{"spillway_solver_status_total", "Solves by how they ended. {status}"};
inline constexpr MetricSpec kWatchRestarts{"spillway_watch_restarts_total", "Watches that were opened again. {resource, reason}"};
inline constexpr MetricSpec kWorkqueueDepth{"workqueue_depth", "Current depth of the work queue. {name}"};
inline constexpr MetricSpec kWorkqueueAdds{"workqueue_adds_total", "Adds handled by the work queue. {name}"};
inline constexpr MetricSpec kWorkqueueRetries{"workqueue_retries_total", "Retries handled by the work queue. {name}"};
inline constexpr HistogramSpec kWorkqueueQueueSeconds{"workqueue_queue_duration_seconds", "How long an item stays in the work queue before being requested. {name}", kSecondsBuckets};
inline constexpr HistogramSpec kWorkqueueWorkSeconds{"workqueue_work_duration_seconds", "How long processing an item from the work queue takes. {name}", kSecondsBuckets};
inline constexpr MetricSpec kRestClientRequests{"rest_client_requests_total", "HTTP requests to the API server. {code, method, host}"};
inline constexpr HistogramSpec kRestClientSeconds{"rest_client_request_duration_seconds", "Latency of requests to the API server. {verb, host}", kSecondsBuckets};
inline constexpr MetricSpec kLeader{"leader_election_master_status", "1 while this process holds the lease, else 0. {name}"};

}  // namespace metric

/// Sets a family that says which one of several words is true: 1 for `value`, and no series for any other value of `label`.
void set_state(MetricRegistry& registry, const MetricSpec& spec, const Labels& base, const std::string& label,
               const std::string& value);

/// Registers process_* (CPU, memory, open files, start time) from /proc, under the names of the Prometheus client libraries.
void add_process_metrics(MetricRegistry& registry);

}  // namespace spillway::telemetry
