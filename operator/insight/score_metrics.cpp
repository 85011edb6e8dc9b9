#include "operator/insight/score_metrics.hpp"

#include <array>

#include "model/base/text.hpp"
#include "operator/telemetry/operator_metrics.hpp"

namespace spillway::insight {
namespace {

namespace metric = telemetry::metric;
constexpr std::array kLeadNames = {"period", "startup", "halfHorizon"};

void publish_scores(telemetry::MetricRegistry& registry, const kube::ObjectKey& key, const Scores& scores) {
  const auto labels = [&](const char* name, const std::string& value) { return telemetry::policy_labels(key.ns, key.name, name, value); };
  const auto plain = telemetry::policy_labels(key.ns, key.name);
  for (std::size_t i = 0; i < scores.horizons.size(); ++i) {
    const HorizonScore& score = scores.horizons[i];
    if (score.samples > 0) registry.gauge(metric::kForecastError, labels("lead", kLeadNames.at(i))).set(score.error_sum / static_cast<double>(score.samples));
  }
  for (std::size_t i = 0; i < scores.covered.size() && scores.coverage_samples > 0; ++i) {
    const double share = static_cast<double>(scores.covered[i]) / static_cast<double>(scores.coverage_samples);
    registry.gauge(metric::kForecastCoverage, labels("percentile", for_people(100.0 * forecast::kQuantileLevels[i]))).set(share);
  }
  if (scores.breach.statements > 0.0) registry.gauge(metric::kBrierScore, plain).set(scores.breach.brier);
  if (const auto lead = scores.median_warning_lead()) registry.gauge(metric::kWarningLead, plain).set(*lead);
  for (const auto& [result, total] : {std::pair{"hit", scores.hits}, {"falseAlarm", scores.false_alarms}, {"miss", scores.misses}}) {
    telemetry::Counter counter = registry.counter(metric::kSaturationWarnings, labels("result", result));
    counter.add(static_cast<double>(total) - counter.value());
  }
}

/// 1 or no series at all.
void publish_open(telemetry::MetricRegistry& registry, const kube::ObjectKey& key, Rule rule, bool open) {
  const auto labels = telemetry::policy_labels(key.ns, key.name, "rule", to_string(rule));
  if (open) registry.gauge(metric::kIncidents, labels).set(1.0);
  else registry.remove_series(metric::kIncidents, labels);
}

}  // namespace

void publish(telemetry::MetricRegistry& registry, const Update& update) {
  const kube::ObjectKey& key = update.summary.key;
  publish_scores(registry, key, update.scores);
  for (const Rule rule : kRules) publish_open(registry, key, rule, update.open.contains(rule));
}

void publish(telemetry::MetricRegistry& registry, const Incident& incident) { publish_open(registry, incident.policy, incident.rule, incident.open()); }

}  // namespace spillway::insight
