#include "crds/v1alpha1/resolve.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

#include "crds/v1alpha1/enums.hpp"

namespace spillway::v1alpha1 {

namespace {

std::string number(double value) { return ResourceQuantity::of(value).text; }

DirectionLimits limits_of(const ScalingRules& rules, int default_cooldown_seconds) {
  return {Seconds(rules.cooldown_seconds.value_or(default_cooldown_seconds)), rules.max_replicas_per_period, rules.frozen};
}

std::optional<double> value_of(const std::optional<ResourceQuantity>& quantity) {
  return quantity ? std::optional<double>(quantity->value) : std::nullopt;
}

void resolve_objective(const AutoscalerPolicySpec& spec, const ProfileNumbers& profile, Policy& policy) {
  policy.max_queue_delay = Seconds(spec.objective.max_queue_delay_milliseconds / 1000.0);
  policy.target_utilization = spec.objective.target_utilization_percent.value_or(profile.target_utilization_percent) / 100.0;
  policy.late_penalty = value_of(spec.objective.late_penalty);
  policy.late_penalty_factor = profile.late_penalty_factor;
  policy.quantile_widening = profile.quantile_widening;
}

void resolve_inputs(const AutoscalerPolicySpec& spec, Policy& policy) {
  const auto& arrivals = spec.metrics.arrival_rate;
  policy.arrival_rate_counts_completions = arrivals && arrivals->counts == ArrivalCounts::kCompletions;
  policy.backlog_includes_in_service = spec.metrics.backlog && spec.metrics.backlog->includes_in_service;
  // A query without a range selector (a recording rule) keeps the usual window: what it hides is not known here.
  if (!arrivals && spec.metrics.push) policy.rate_window = Seconds(spec.metrics.push->window_seconds);
  if (const Seconds window = rate_window(arrivals ? arrivals->query : ""); window.value() > 0.0) policy.rate_window = window;
  policy.capacity = value_of(spec.capacity.requests_per_second_per_replica);
  if (spec.capacity.concurrency_per_replica) policy.concurrency = *spec.capacity.concurrency_per_replica;
  if (spec.capacity.startup_seconds) policy.startup = Seconds(*spec.capacity.startup_seconds);
  policy.forecast_method = spec.forecast.method;
  policy.season = Seconds(spec.forecast.season_seconds);
  policy.history = Seconds(spec.forecast.history_seconds);
}

/// The price in force, or its formula as long as the capacity in it is learned.
std::string late_penalty_text(const Policy& policy) {
  if (policy.late_penalty) return number(*policy.late_penalty);
  const double numerator = 20.0 * policy.late_penalty_factor;  // design/model.md: 20 / (mu x rho)
  if (policy.capacity) return number(numerator / (*policy.capacity * policy.target_utilization));
  return number(numerator / policy.target_utilization) + " / capacity, learned";
}

std::map<std::string, std::string> describe(const AutoscalerPolicySpec& spec, const Policy& policy) {
  const auto or_learned = [](bool given, double value) { return given ? number(value) : std::string("learned"); };
  return {
      {"profile", to_string(spec.profile)},
      {"controlPeriodSeconds", number(policy.control_period.value())},
      {"objective.maxQueueDelayMilliseconds", std::to_string(spec.objective.max_queue_delay_milliseconds)},
      {"objective.targetUtilizationPercent", number(policy.target_utilization * 100.0)},
      {"objective.latePenalty", late_penalty_text(policy)},
      {"metrics.arrivalRate.windowSeconds", number(policy.rate_window.value())},
      {"capacity.requestsPerSecondPerReplica", or_learned(policy.capacity.has_value(), policy.capacity.value_or(0.0))},
      {"capacity.concurrencyPerReplica", or_learned(policy.concurrency.has_value(), policy.concurrency.value_or(0.0))},
      {"capacity.startupSeconds", or_learned(policy.startup.has_value(), policy.startup.value_or(Seconds(0)).value())},
      {"behavior.scaleUp.cooldownSeconds", number(policy.scale_up.cooldown.value())},
      {"behavior.scaleDown.cooldownSeconds", number(policy.scale_down.cooldown.value())},
      {"forecast.quantileWidening", number(policy.quantile_widening)},
  };
}

double unit_seconds(std::string_view unit) {
  if (unit == "ms") return 1e-3;
  if (unit == "s") return 1.0;
  if (unit == "m") return 60.0;
  if (unit == "h") return 3600.0;
  if (unit == "d") return 86400.0;
  if (unit == "w") return 7 * 86400.0;
  if (unit == "y") return 365 * 86400.0;
  return 0.0;
}

/// A PromQL duration such as 30s or 1h30m; 0 for anything else.
double duration_seconds(std::string_view text) {
  double seconds = 0.0;
  while (!text.empty()) {
    double count = 0.0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count, std::chars_format::fixed);
    if (error != std::errc()) return 0.0;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    const std::string_view unit = text.substr(0, std::min(text.find_first_of("0123456789"), text.size()));
    // Prometheus 3 takes a plain number of seconds.
    if (unit.empty()) return seconds + count;
    if (unit_seconds(unit) == 0.0) return 0.0;
    seconds += count * unit_seconds(unit);
    text.remove_prefix(unit.size());
  }
  return seconds;
}

/// The end of the string literal that starts at `begin` (its quote), one past the closing quote.
std::size_t skip_string(std::string_view query, std::size_t begin) {
  const char quote = query[begin];
  std::size_t i = begin + 1;
  while (i < query.size() && query[i] != quote) i += (query[i] == '\\' && quote != '`') ? 2 : 1;
  return i + 1;
}

std::string without_spaces(std::string_view text) {
  std::string kept;
  std::copy_if(text.begin(), text.end(), std::back_inserter(kept), [](char c) { return c != ' ' && c != '\t' && c != '\n'; });
  return kept;
}

}  // namespace

ProfileNumbers profile_numbers(Profile profile) {
  switch (profile) {
    case Profile::kSafe: return {2.0, 75, 300, 1.3};
    case Profile::kNormal: return {1.0, 80, 120, 1.0};
    case Profile::kPerformance: return {4.0, 65, 60, 1.0};
  }
  return {1.0, 80, 120, 1.0};
}

Seconds rate_window(std::string_view query) {
  double longest = 0.0;
  std::size_t i = 0;
  while (i < query.size()) {
    if (query[i] == '"' || query[i] == '\'' || query[i] == '`') {
      i = skip_string(query, i);
    } else if (query[i] == '[') {
      const std::string selector = without_spaces(query.substr(i + 1, query.find(']', i) - i - 1));
      longest = std::max(longest, duration_seconds(std::string_view(selector).substr(0, selector.find(':'))));
      ++i;
    } else {
      ++i;
    }
  }
  return Seconds(longest);
}

ResolvedPolicy resolve(const AutoscalerPolicySpec& spec) {
  const ProfileNumbers profile = profile_numbers(spec.profile);
  Policy policy;
  policy.mode = spec.mode;
  policy.profile = spec.profile;
  policy.min_replicas = spec.min_replicas;
  policy.max_replicas = spec.max_replicas;
  policy.control_period = Seconds(spec.control_period_seconds);
  policy.horizon = Seconds(spec.horizon_seconds);
  resolve_objective(spec, profile, policy);
  resolve_inputs(spec, policy);
  policy.scale_up = limits_of(spec.behavior.scale_up, 0);
  policy.scale_down = limits_of(spec.behavior.scale_down, profile.scale_down_cooldown_seconds);
  policy.max_moves_per_hour = spec.behavior.max_moves_per_hour;
  policy.on_missing_metrics = spec.fallback.on_missing_metrics;
  policy.fallback_after = Seconds(spec.fallback.after_seconds);
  policy.fallback_replicas = spec.fallback.replicas.value_or(0);
  return {policy, describe(spec, policy)};
}

}  // namespace spillway::v1alpha1
