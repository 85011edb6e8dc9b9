#include <algorithm>
#include <charconv>

#include "operator/onboarding/convert_parts.hpp"

namespace spillway::onboarding {
namespace {

using kube::Json;
using kube::view::at;
using kube::view::text;
using kube::view::whole;

/// KEDA writes numbers of triggers as text.
std::string word(const Json& object, const char* name) {
  const Json& value = at(object, name);
  return value.is_string() ? value.get<std::string>() : value.is_null() ? std::string() : value.dump();
}

/// "m h rest" -> minutes since midnight and the rest, if minute and hour are plain numbers.
std::optional<std::pair<int, std::string>> time_of_day(const std::string& cron) {
  int minute = 0, hour = 0;
  const char* const end = cron.data() + cron.size();
  const auto [after_minute, e1] = std::from_chars(cron.data(), end, minute);
  if (e1 != std::errc() || after_minute == end || *after_minute != ' ') return std::nullopt;
  const auto [after_hour, e2] = std::from_chars(after_minute + 1, end, hour);
  if (e2 != std::errc() || after_hour == end || *after_hour != ' ') return std::nullopt;
  return std::pair(60 * hour + minute, std::string(after_hour + 1, end));
}

/// How long a cron trigger's window is, if both ends are on the same days.
std::optional<int> window_seconds(const std::string& start, const std::string& end) {
  const auto from = time_of_day(start), to = time_of_day(end);
  if (!from || !to || from->second != to->second) return std::nullopt;
  constexpr int kDay = 24 * 60;
  const int minutes = (to->first - from->first + kDay) % kDay;
  return minutes > 0 ? std::optional(60 * minutes) : std::nullopt;
}

void convert_cron(Draft& draft, const Json& metadata) {
  const std::string start = word(metadata, "start"), end = word(metadata, "end");
  const std::string name = "cron-" + std::to_string(draft.spec.schedule.size() + 1);
  const auto duration = window_seconds(start, end);
  const auto replicas = quantity_value(at(metadata, "desiredReplicas"));
  if (!duration || !replicas || *replicas < 1) {
    draft.note("Trigger cron from \"" + start + "\" to \"" + end + "\": write it into spec.schedule yourself; only windows with plain times on equal days are converted.");
    return;
  }
  v1alpha1::ScheduleEntry entry;
  entry.name = name;
  entry.cron = start;
  entry.time_zone = word(metadata, "timezone").empty() ? "UTC" : word(metadata, "timezone");
  entry.duration_seconds = *duration;
  entry.min_replicas = std::min(draft.spec.max_replicas, static_cast<int>(*replicas));
  draft.spec.schedule.push_back(entry);
  draft.comments["spec.schedule"] = "An exact floor: here a floor of 45 gives 45.";
}

void convert_prometheus(Draft& draft, const Json& trigger, std::vector<Demand>& demands, std::string& address) {
  const Json& metadata = at(trigger, "metadata");
  Demand demand;
  demand.query = word(metadata, "query");
  demand.source = "trigger prometheus, threshold " + word(metadata, "threshold");
  const bool is_rate = demand.query.find("rate(") != std::string::npos || demand.query.find("increase(") != std::string::npos;
  demand.is_backlog = !is_rate && names_a_queue(demand.query);
  if (text(trigger, "metricType") != "Value") demand.per_replica = quantity_value(at(metadata, "threshold"));
  if (address.empty()) address = word(metadata, "serverAddress");
  demands.push_back(demand);
  if (!at(trigger, "authenticationRef").is_null())
    draft.note("authenticationRef " + text(at(trigger, "authenticationRef"), "name") + ": put the credentials into a Secret and name it in spec.metrics.prometheus (bearerTokenSecretRef or basicAuthSecretRef).");
  if (word(metadata, "ignoreNullValues") != "false")
    draft.note("ignoreNullValues (on by default in KEDA: an empty answer counts as 0) has no equivalent on purpose: missing is never zero.");
}

std::vector<Demand> read_triggers(const Json& triggers, Draft& draft, std::string& address) {
  std::vector<Demand> demands;
  for (const Json& trigger : triggers) {
    const std::string type = text(trigger, "type");
    if (type == "prometheus") {
      convert_prometheus(draft, trigger, demands, address);
    } else if (type == "cron") {
      convert_cron(draft, at(trigger, "metadata"));
    } else if (type == "cpu" || type == "memory") {
      draft.note("Trigger " + type + " has no equivalent: Spillway scales by the demand that arrives, not by how busy replicas are.");
    } else {
      draft.note("Trigger " + type + ": Spillway reads Prometheus only. Export it (most brokers have an exporter) and give what waits as spec.metrics.backlog and what arrives as spec.metrics.arrivalRate.");
    }
  }
  return demands;
}

void convert_bounds(Draft& draft, const Json& spec) {
  const auto count = [&](const char* name, int otherwise, int least) {
    return static_cast<int>(std::clamp<std::int64_t>(whole(at(spec, name), otherwise), least, 100000));
  };
  draft.spec.min_replicas = count("minReplicaCount", 0, 0);
  draft.spec.max_replicas = count("maxReplicaCount", 100, 1);
  draft.spec.control_period_seconds = static_cast<int>(std::clamp<std::int64_t>(whole(at(spec, "pollingInterval"), 30), 1, 300));
  draft.spec.horizon_seconds = std::max(draft.spec.horizon_seconds, draft.spec.control_period_seconds);
  if (!at(spec, "idleReplicaCount").is_null()) draft.note("idleReplicaCount has no equivalent: minReplicas is the least, with or without load.");
  if (draft.spec.min_replicas == 0)
    draft.comments["spec.minReplicas"] = "Scales to zero. Safe only if the queries answer while no replica runs; see docs/behavior.md, \"To and from zero\".";
}

void convert_fallback(Draft& draft, const Json& fallback) {
  if (fallback.is_null()) return;
  const int replicas = static_cast<int>(whole(at(fallback, "replicas"), 0));
  draft.spec.fallback.on_missing_metrics = FallbackAction::kReplicas;
  draft.spec.fallback.after_seconds =
      static_cast<int>(std::clamp<std::int64_t>(whole(at(fallback, "failureThreshold"), 3) * draft.spec.control_period_seconds, 0, 86400));
  draft.spec.fallback.replicas = std::clamp(replicas, std::max(1, draft.spec.min_replicas), draft.spec.max_replicas);
  if (const std::string how = text(fallback, "behavior"); !how.empty() && how != "static")
    draft.note("fallback.behavior " + how + " has no equivalent: the fallback goes to the given number.");
}

void convert_pause(Draft& draft, const Json& annotations) {
  for (const auto& [key, value] : annotations.items()) {
    if (!key.starts_with("autoscaling.keda.sh/paused")) continue;
    if (text(value) == "false") continue;
    if (key.ends_with("-scale-in") || key.ends_with("-scale-out")) {
      (key.ends_with("-in") ? draft.spec.behavior.scale_down : draft.spec.behavior.scale_up).frozen = true;
      continue;
    }
    draft.spec.mode = Mode::kPaused;
    draft.comments["spec.mode"] = "From the annotation " + key + ". Active resumes.";
  }
}

}  // namespace

Result<Draft> convert_scaled_object(const Json& object, const ConversionOptions& options) {
  auto begun = begin_conversion(object, "ScaledObject");
  if (!begun) return begun;
  Draft& draft = *begun;
  const Json& spec = at(object, "spec");
  convert_bounds(draft, spec);
  ConversionOptions found = options;
  std::string address = options.prometheus_address;
  const std::vector<Demand> demands = read_triggers(at(spec, "triggers"), draft, address);
  found.prometheus_address = address;
  set_demand(draft, demands, found);
  convert_behavior(draft, at(spec, "advanced", "horizontalPodAutoscalerConfig", "behavior"));
  convert_fallback(draft, at(spec, "fallback"));
  convert_pause(draft, at(object, "metadata", "annotations"));
  if (!at(spec, "advanced", "scalingModifiers").is_null())
    draft.note("advanced.scalingModifiers has no equivalent: write the formula in PromQL.");
  if (!at(spec, "cooldownPeriod").is_null())
    draft.note("cooldownPeriod (before the last replica goes) has no field of its own: behavior.scaleDown.cooldownSeconds counts there too.");
  const std::string ns = draft.metadata.namespace_name.empty() ? "" : " -n " + draft.metadata.namespace_name;
  finish_conversion(draft, "kubectl annotate scaledobject" + ns + " " + draft.metadata.name +
                               " autoscaling.keda.sh/paused=true (so that KEDA does not set the replicas back), then kubectl delete scaledobject" + ns + " " +
                               draft.metadata.name + " with spec.advanced.restoreToOriginalReplicaCount unset or false");
  return begun;
}

}  // namespace spillway::onboarding
