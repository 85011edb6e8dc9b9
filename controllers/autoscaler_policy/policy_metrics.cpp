#include "controllers/autoscaler_policy/policy_metrics.hpp"

#include <algorithm>
#include <array>
#include <span>

#include "crds/v1alpha1/enums.hpp"
#include "operator/telemetry/operator_metrics.hpp"

namespace spillway::autoscaler_policy {
namespace {

namespace metric = telemetry::metric;
using telemetry::Labels;

template <typename Enum>
std::string word_of(Enum value) {
  for (const auto& row : v1alpha1::EnumWords<Enum>::kTable.rows) {
    if (row.value == value) return row.word;
  }
  return "Unknown";
}

constexpr std::array kOfThePlan = {metric::kForecast, metric::kBreachProbability, metric::kPlanCost, metric::kTimeToSaturation};
constexpr std::array kOfTheLoad = {metric::kZone,    metric::kArrivalRate, metric::kBacklog,         metric::kUtilization,
                                   metric::kLatency, metric::kSampleAge,   metric::kSignalConfidence, metric::kReplicas};

/// One policy's corner of the registry.
class Publisher {
 public:
  Publisher(telemetry::MetricRegistry& registry, const kube::ObjectKey& policy)
      : registry_(registry), policy_(policy) {}

  void set(const telemetry::MetricSpec& spec, double value) { registry_.gauge(spec, labels()).set(value); }
  void set(const telemetry::MetricSpec& spec, const char* label, const std::string& value, double number) {
    registry_.gauge(spec, labels(label, value)).set(number);
  }
  void count(const telemetry::MetricSpec& spec, Labels all) { registry_.counter(spec, all).add(); }
  void state(const telemetry::MetricSpec& spec, const char* label, const std::string& value) {
    telemetry::set_state(registry_, spec, labels(), label, value);
  }
  void remove(const telemetry::MetricSpec& spec) { registry_.remove_series(spec, labels()); }
  void remove(const telemetry::MetricSpec& spec, const char* label, const std::string& value) { registry_.remove_series(spec, labels(label, value)); }
  void remove_all(std::span<const telemetry::MetricSpec> specs) {
    for (const auto& spec : specs) remove(spec);
  }
  /// What is not known has no series: an old value or a zero would be a lie.
  void set_if(bool known, const telemetry::MetricSpec& spec, double value) {
    if (known) set(spec, value);
    else remove(spec);
  }
  Labels labels() const { return telemetry::policy_labels(policy_.ns, policy_.name); }
  Labels labels(const char* label, const std::string& value) const {
    return telemetry::policy_labels(policy_.ns, policy_.name, label, value);
  }

 private:
  telemetry::MetricRegistry& registry_;
  const kube::ObjectKey& policy_;
};

void publish_reading(Publisher& publisher, const char* name, const Reading& reading, Seconds now) {
  if (reading.absence == Absence::kNotAsked || !reading.value) publisher.remove(metric::kSampleAge, "metric", name);
  else publisher.set(metric::kSampleAge, "metric", name, (now - reading.time).value());
  if (reading.absence == Absence::kNotAsked) return;
  if (reading.usable()) return;
  Labels labels = publisher.labels("metric", name);
  labels["reason"] = to_string(reading.absence);
  publisher.count(metric::kSamplesRejected, std::move(labels));
}

void publish_readings(Publisher& publisher, const Observation& seen, Seconds now) {
  for (const auto& [name, reading] : seen.readings()) publish_reading(publisher, name, *reading, now);
  publisher.set_if(seen.latency.usable(), metric::kLatency, seen.latency.value.value_or(0.0));
}

bool is_absence(const std::string& reason) {
  constexpr std::array kAbsences = {Absence::kEmpty, Absence::kNotANumber, Absence::kInfinite, Absence::kNegative,
                                    Absence::kStale, Absence::kPartial,    Absence::kError,    Absence::kTimeout};
  return std::ranges::any_of(kAbsences, [&](Absence absence) { return reason == to_string(absence); });
}

void publish_estimate(Publisher& publisher, const estimate::StateEstimate& estimate) {
  publisher.set_if(estimate.demand_known, metric::kArrivalRate, estimate.arrival_rate.value);
  publisher.set_if(estimate.backlog_known, metric::kBacklog, estimate.backlog.value);
  publisher.set_if(estimate.demand_known, metric::kUtilization, estimate.utilization);
  publisher.set(metric::kCapacityPerReplica, estimate.capacity.value);
  publisher.set(metric::kStartupSeconds, estimate.startup_p50);
  publisher.set(metric::kSignalConfidence, std::min(estimate.arrival_rate.confidence, estimate.capacity.confidence));
  for (const estimate::Rejection& rejection : estimate.rejections) {
    if (is_absence(rejection.reason)) continue;  // counted with its reading
    Labels labels = publisher.labels("metric", rejection.metric);
    labels["reason"] = rejection.reason;
    publisher.count(metric::kSamplesRejected, std::move(labels));
  }
}

void publish_plan(Publisher& publisher, const loop::Trace& trace, const v1alpha1::AutoscalerPolicyStatus& status) {
  // Not "quantile": Prometheus keeps that label for summaries, and promtool says so.
  if (status.forecast && status.forecast->p50)
    publisher.set(metric::kForecast, "percentile", "50", status.forecast->p50->value);
  if (status.forecast && status.forecast->p90)
    publisher.set(metric::kForecast, "percentile", "90", status.forecast->p90->value);
  publisher.set(metric::kBreachProbability, trace.outlook.breach_probability);
  publisher.set(metric::kPlanCost, trace.plan.cost);
  const auto& saturated = trace.outlook.median_time_to_saturation();
  publisher.set_if(saturated.has_value(), metric::kTimeToSaturation, saturated.value_or(0.0));
}

void publish_verdict(Publisher& publisher, const Verdict& verdict, Seconds now,
                     const v1alpha1::AutoscalerPolicyStatus& status) {
  const decide::Decision& decision = verdict.decision;
  publisher.set(metric::kReplicas, "kind", "current", verdict.observation.replicas);
  publisher.set(metric::kReplicas, "kind", "ready", verdict.observation.ready);
  publisher.set(metric::kReplicas, "kind", "desired", decision.replicas);
  publisher.set(metric::kReplicas, "kind", "raw", decision.raw);
  publish_readings(publisher, verdict.observation, now);
  publish_estimate(publisher, verdict.trace.estimate);
  if (verdict.trace.plan.status != plan::SolveStatus::kNotRun) {
    publish_plan(publisher, verdict.trace, status);
  } else {
    publisher.remove_all(kOfThePlan);
  }
  publisher.count(metric::kDecisions, publisher.labels("reason", decision.reason));
  for (const auto& entry : decision.trail) publisher.count(metric::kClamps, publisher.labels("guard", entry.guard));
  if (verdict.write.outcome != WriteOutcome::kUnchanged) {
    publisher.count(metric::kScaleWrites, publisher.labels("outcome", to_string(verdict.write.outcome)));
  }
}

}  // namespace

void publish(telemetry::MetricRegistry& registry, const kube::ObjectKey& policy, const Findings& findings,
             const v1alpha1::AutoscalerPolicyStatus& status) {
  Publisher publisher(registry, policy);
  publisher.state(metric::kMode, "mode", word_of(findings.mode));
  if (!findings.verdict) {  // nothing was observed: what earlier ones saw is not the present
    publisher.remove_all(kOfTheLoad);
    publisher.remove_all(kOfThePlan);
    return;
  }
  if (!findings.verdict->trace.estimate.demand_known) publisher.remove(metric::kZone);
  else if (status.zone) publisher.state(metric::kZone, "zone", word_of(*status.zone));
  publish_verdict(publisher, *findings.verdict, findings.now, status);
  if (findings.verdict->trace.plan.status != plan::SolveStatus::kNotRun) {
    registry.counter(metric::kSolverStatus, {{"status", to_string(findings.verdict->trace.plan.status)}}).add();
  }
}

void forget(telemetry::MetricRegistry& registry, const kube::ObjectKey& policy) {
  registry.remove_series(telemetry::policy_labels(policy.ns, policy.name));
}

}  // namespace spillway::autoscaler_policy
