#include "crds/v1alpha1/validation.hpp"

#include "crds/v1alpha1/enums.hpp"

namespace spillway::v1alpha1 {

namespace {

/// Collects broken rules. Each check has its twin in crds/autoscalerpolicies.yaml, with the same message.
class Rules {
 public:
  void check(bool holds, std::string path, std::string value, const char* message) {
    if (!holds) violations_.push_back({std::move(path), std::move(value), message});
  }
  std::vector<Violation> take() { return std::move(violations_); }

 private:
  std::vector<Violation> violations_;
};

void check_bounds(const AutoscalerPolicySpec& spec, Rules& rules) {
  rules.check(spec.min_replicas <= spec.max_replicas, "spec.minReplicas", std::to_string(spec.min_replicas),
              "minReplicas must be less than or equal to maxReplicas");
  rules.check(spec.horizon_seconds >= spec.control_period_seconds, "spec.horizonSeconds", std::to_string(spec.horizon_seconds),
              "horizonSeconds must be greater than or equal to controlPeriodSeconds");
}

void check_prometheus(const PrometheusServer& server, Rules& rules) {
  rules.check(!(server.bearer_token_secret_ref && server.basic_auth_secret_ref), "spec.metrics.prometheus", "object",
              "at most one of bearerTokenSecretRef and basicAuthSecretRef may be set");
  rules.check(!server.ca_secret_ref || !server.address || server.address->starts_with("https://"),
              "spec.metrics.prometheus.caSecretRef", server.address.value_or(""),
              "caSecretRef needs an address that starts with https://");
}

void check_demand(const Metrics& metrics, Rules& rules) {
  rules.check(metrics.arrival_rate || metrics.push, "spec.metrics.arrivalRate", "null", "one of arrivalRate and push must be set");
}

void check_entry(const ScheduleEntry& entry, const std::string& path, const AutoscalerPolicySpec& spec, Rules& rules) {
  rules.check(entry.min_replicas || entry.max_replicas, path, "object", "at least one of minReplicas and maxReplicas must be set");
  if (entry.min_replicas && entry.max_replicas) {
    rules.check(*entry.min_replicas <= *entry.max_replicas, path + ".minReplicas", std::to_string(*entry.min_replicas),
                "minReplicas of a schedule entry must be less than or equal to its maxReplicas");
  }
  if (entry.min_replicas) {
    rules.check(*entry.min_replicas <= spec.max_replicas, path + ".minReplicas", std::to_string(*entry.min_replicas),
                "minReplicas of every schedule entry must be less than or equal to the policy's maxReplicas");
  }
  if (entry.max_replicas) {
    rules.check(*entry.max_replicas >= spec.min_replicas, path + ".maxReplicas", std::to_string(*entry.max_replicas),
                "maxReplicas of every schedule entry must be greater than or equal to the policy's minReplicas");
  }
}

void check_forecast(const AutoscalerPolicySpec& spec, Rules& rules) {
  const ForecastSpec& forecast = spec.forecast;
  rules.check(forecast.season_seconds >= 4 * spec.control_period_seconds, "spec.forecast.seasonSeconds",
              std::to_string(forecast.season_seconds),
              "forecast.seasonSeconds must be greater than or equal to 4 times controlPeriodSeconds");
  rules.check(forecast.method != ForecastMethod::kSeasonal || forecast.history_seconds >= 2 * forecast.season_seconds,
              "spec.forecast.historySeconds", std::to_string(forecast.history_seconds),
              "forecast.historySeconds must be greater than or equal to 2 times forecast.seasonSeconds when method is Seasonal");
}

void check_fallback(const AutoscalerPolicySpec& spec, Rules& rules) {
  const auto& replicas = spec.fallback.replicas;
  rules.check(spec.fallback.on_missing_metrics != FallbackAction::kReplicas || replicas, "spec.fallback.replicas", "null",
              "fallback.replicas is required when onMissingMetrics is Replicas");
  rules.check(!replicas || (*replicas >= spec.min_replicas && *replicas <= spec.max_replicas), "spec.fallback.replicas",
              replicas ? std::to_string(*replicas) : "null", "fallback.replicas must be between minReplicas and maxReplicas");
}

}  // namespace

std::vector<Violation> validate(const AutoscalerPolicySpec& spec) {
  Rules rules;
  check_bounds(spec, rules);
  check_prometheus(spec.metrics.prometheus, rules);
  check_demand(spec.metrics, rules);
  for (std::size_t i = 0; i < spec.schedule.size(); ++i)
    check_entry(spec.schedule[i], "spec.schedule[" + std::to_string(i) + "]", spec, rules);
  check_forecast(spec, rules);
  check_fallback(spec, rules);
  return rules.take();
}

}  // namespace spillway::v1alpha1
