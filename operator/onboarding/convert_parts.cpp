#include "operator/onboarding/convert_parts.hpp"

#include <algorithm>
#include <cmath>

#include "crds/v1alpha1/quantity.hpp"

namespace spillway::onboarding {
namespace {

using kube::Json;
using kube::view::at;
using kube::view::text;
using kube::view::whole;

/// What the API server fills in where only a part of a behavior was written: no limit worth a word.
bool is_server_default(const Json& policies) {
  return std::ranges::all_of(policies, [](const Json& policy) {
    const std::int64_t value = whole(at(policy, "value"), 0);
    return whole(at(policy, "periodSeconds"), 15) == 15 && (text(policy, "type") == "Percent" ? value == 100 : value == 4);
  });
}

/// Pods per control period that a list of policies allows; nothing if it has no such limit.
std::optional<int> pods_per_period(Draft& draft, const Json& rules, const std::string& direction) {
  const Json& policies = at(rules, "policies");
  if (policies.empty() || is_server_default(policies)) return std::nullopt;
  const bool least = text(rules, "selectPolicy") == "Min";
  std::optional<double> rate;
  for (const Json& policy : policies) {
    if (text(policy, "type") != "Pods") {
      draft.note("behavior." + direction + ": a limit in percent has no equivalent; maxReplicasPerPeriod counts replicas.");
      if (!least) return std::nullopt;  // the largest of the limits counts, and one of them is not known
      continue;
    }
    const double each = static_cast<double>(whole(at(policy, "value"), 0)) / std::max<std::int64_t>(1, whole(at(policy, "periodSeconds"), 15));
    rate = rate ? (least ? std::min(*rate, each) : std::max(*rate, each)) : each;
  }
  if (!rate) return std::nullopt;
  return std::max(1, static_cast<int>(std::lround(*rate * draft.spec.control_period_seconds)));
}

void convert_direction(Draft& draft, const Json& rules, v1alpha1::ScalingRules& into, const std::string& direction) {
  if (text(rules, "selectPolicy") == "Disabled") into.frozen = true;
  if (const auto limit = pods_per_period(draft, rules, direction)) into.max_replicas_per_period = *limit;
  if (!at(rules, "tolerance").is_null())
    draft.note("behavior." + direction + ".tolerance has no equivalent: Spillway weighs a move against its cost.");
}

}  // namespace

std::optional<double> quantity_value(const Json& value) {
  if (value.is_number()) return value.get<double>();
  const auto quantity = v1alpha1::parse_quantity(text(value));
  return quantity ? std::optional(quantity->value) : std::nullopt;
}

bool names_a_queue(const std::string& name) {
  for (const char* word : {"queue", "backlog", "depth", "lag", "waiting", "pending", "messages"})
    if (name.find(word) != std::string::npos) return true;
  return false;
}

Result<Draft> begin_conversion(const Json& object, const char* kind) {
  if (text(object, "kind") != kind)
    return Error{ErrorKind::kInvalid, "kind: \"" + text(object, "kind") + "\": must be " + kind};
  const Json& target = at(object, "spec", "scaleTargetRef");
  if (text(target, "name").empty()) return Error{ErrorKind::kInvalid, "spec.scaleTargetRef.name: Required value"};
  Draft draft;
  draft.metadata.name = text(at(object, "metadata"), "name");
  draft.metadata.namespace_name = text(at(object, "metadata"), "namespace");
  const auto or_else = [](std::string value, const char* otherwise) { return value.empty() ? std::string(otherwise) : value; };
  draft.spec.scale_target_ref = {or_else(text(target, "apiVersion"), "apps/v1"), or_else(text(target, "kind"), "Deployment"),
                                 text(target, "name")};
  draft.head.push_back(std::string("From ") + kind + " " + draft.metadata.namespace_name + "/" + draft.metadata.name +
                       " by `spillway convert`. Read the notes before you apply it:");
  return draft;
}

void convert_behavior(Draft& draft, const Json& behavior) {
  v1alpha1::Behavior& into = draft.spec.behavior;
  const Json& up = at(behavior, "scaleUp");
  const Json& down = at(behavior, "scaleDown");
  convert_direction(draft, up, into.scale_up, "scaleUp");
  convert_direction(draft, down, into.scale_down, "scaleDown");
  constexpr int kUsualWindow = 300;
  const int window = static_cast<int>(whole(at(down, "stabilizationWindowSeconds"), kUsualWindow));
  into.scale_down.cooldown_seconds = std::clamp(window, 0, 86400);
  draft.comments["spec.behavior.scaleDown.cooldownSeconds"] =
      "The nearest to scaleDown.stabilizationWindowSeconds " + std::to_string(window) +
      ": least time since the last move. Spillway does not shrink into a rise anyway, so less is usually safe; 120 is its default.";
  if (whole(at(up, "stabilizationWindowSeconds"), 0) > 0)
    draft.note("behavior.scaleUp.stabilizationWindowSeconds has no equivalent: the forecast's spread decides how far a peak is believed. "
               "behavior.scaleUp.cooldownSeconds is the nearest.");
}

void set_demand(Draft& draft, const std::vector<Demand>& demands, const ConversionOptions& options) {
  v1alpha1::ArrivalRateMetric& arrivals = draft.spec.metrics.arrival_rate.emplace();
  const char* const path = "spec.metrics.arrivalRate";
  const auto flow = std::ranges::find_if(demands, [](const Demand& demand) { return !demand.is_backlog; });
  const auto queue = std::ranges::find_if(demands, [](const Demand& demand) { return demand.is_backlog; });
  if (flow != demands.end()) {
    arrivals.query = flow->query;
    draft.comments[path] = "CHECK: must answer the requests per second that arrive, as one number. From " + flow->source + ".";
    if (flow->per_replica) set_load_per_replica(draft, *flow->per_replica, flow->source);
  } else {
    const auto& target = draft.spec.scale_target_ref;
    arrivals.query = guessed_query({draft.metadata.namespace_name, target.kind, target.name, {}, 0});
    draft.comments[path] = "REPLACE: a guess, since nothing above says how many requests arrive per second. Until it answers, nothing is scaled.";
  }
  if (!options.arrival_rate_query.empty()) {
    arrivals.query = options.arrival_rate_query;
    draft.comments[path] = flow != demands.end() ? "As given on the command line; stands for " + flow->source + "." : "As given on the command line.";
  }
  if (queue != demands.end()) {
    draft.spec.metrics.backlog = v1alpha1::BacklogMetric{};
    draft.spec.metrics.backlog->query = queue->query;
    draft.comments["spec.metrics.backlog"] = "From " + queue->source + ". Waiting work is state to Spillway, not a number per replica: capacity says how fast it drains.";
  }
  for (auto demand = demands.begin(); demand != demands.end(); ++demand) {
    if (demand != flow && demand != queue)
      draft.note(demand->source + ": a second metric of its kind has no equivalent; Spillway follows one demand. Its query would be " + demand->query);
  }
  if (!options.prometheus_address.empty()) draft.spec.metrics.prometheus.address = options.prometheus_address;
}

void finish_conversion(Draft& draft, const std::string& removal) {
  const std::string& name = draft.metadata.name;
  draft.head.push_back("To change over without a move: apply this policy while the old object is still there. Spillway sees it, yields "
                       "(condition Conflicted) and shows in status what it would do. Then: " + removal +
                       ". Spillway takes over from the replicas as they stand.");
  if (draft.metadata.namespace_name.empty()) draft.note("The object names no namespace; neither does this policy.");
  draft.comments.emplace("spec.minReplicas", "Bounds as they were.");
  draft.comments.emplace("spec.mode", "DryRun shows decisions without moving anything: kubectl describe asp " + name);
}

}  // namespace spillway::onboarding
