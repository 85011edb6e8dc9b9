#include <algorithm>

#include "operator/onboarding/convert_parts.hpp"

namespace spillway::onboarding {
namespace {

using kube::Json;
using kube::view::at;
using kube::view::text;
using kube::view::whole;

/// A label selector as PromQL matchers; expressions other than In are left to the reader.
std::string matchers(const Json& selector) {
  std::string labels;
  const auto add = [&](const std::string& matcher) { labels += (labels.empty() ? "" : ",") + matcher; };
  for (const auto& [key, value] : at(selector, "matchLabels").items()) add(key + "=\"" + text(value) + "\"");
  for (const Json& expression : at(selector, "matchExpressions")) {
    if (text(expression, "operator") != "In") continue;
    std::string values;
    for (const Json& value : at(expression, "values")) values.append(values.empty() ? "" : "|").append(text(value));
    add(text(expression, "key") + "=~\"" + values + "\"");
  }
  return labels;
}

std::string pods_of(const Draft& draft) {
  const auto& target = draft.spec.scale_target_ref;
  return matchers_of({draft.metadata.namespace_name, target.kind, target.name, {}, 0}).front().labels;
}

std::string join(const std::string& a, const std::string& b) { return a.empty() || b.empty() ? a + b : a + "," + b; }

/// A counter needs rate(); a gauge is summed as it stands.
std::string query_of(const std::string& name, const std::string& labels) {
  return name.ends_with("_total") || name.ends_with("_count") ? rate_query(name, labels, 60) : sum_query(name, labels);
}

Demand demand_of(const Json& metric, const std::string& type, const std::string& labels) {
  const std::string name = text(at(metric, "metric"), "name");
  const Json& target = at(metric, "target");
  Demand demand;
  demand.query = query_of(name, join(labels, matchers(at(metric, "metric", "selector"))));
  demand.is_backlog = names_a_queue(name);
  demand.source = type + " metric " + name;
  demand.per_replica = quantity_value(at(target, "averageValue"));
  if (demand.per_replica) demand.source += ", averageValue " + text(target, "averageValue");
  if (!demand.per_replica) demand.source += ", target " + text(target, "type") + " " + text(target, "value") +
                                            " (a ratio to one value: no capacity follows from it, so it is learned)";
  return demand;
}

void note_resource(Draft& draft, const std::string& type, const Json& resource) {
  const std::string name = text(resource, "name");
  draft.note(type + " metric " + name + " has no equivalent: Spillway scales by the demand that arrives, not by how busy replicas are.");
  const std::int64_t percent = whole(at(resource, "target", "averageUtilization"), 0);
  if (name != "cpu" || percent <= 0) return;
  draft.spec.objective.target_utilization_percent = static_cast<int>(std::clamp<std::int64_t>(percent, 1, 100));
  draft.comments["spec.objective.targetUtilizationPercent"] =
      "From the CPU target of " + std::to_string(percent) + " % of the request; here it is the share of a replica's capacity in requests per second.";
}

std::vector<Demand> read_metrics(const Json& metrics, Draft& draft) {
  std::vector<Demand> demands;
  for (const Json& metric : metrics) {
    const std::string type = text(metric, "type");
    if (type == "External") {
      demands.push_back(demand_of(at(metric, "external"), type, {}));
    } else if (type == "Pods") {
      demands.push_back(demand_of(at(metric, "pods"), type, pods_of(draft)));
    } else if (type == "Object") {
      demands.push_back(demand_of(at(metric, "object"), type, "namespace=\"" + draft.metadata.namespace_name + "\""));
    } else if (type == "Resource") {
      note_resource(draft, type, at(metric, "resource"));
    } else {
      note_resource(draft, type, at(metric, "containerResource"));
    }
  }
  return demands;
}

}  // namespace

Result<Draft> convert_horizontal_pod_autoscaler(const Json& object, const ConversionOptions& options) {
  auto begun = begin_conversion(object, "HorizontalPodAutoscaler");
  if (!begun) return begun;
  Draft& draft = *begun;
  const Json& spec = at(object, "spec");
  draft.spec.min_replicas = static_cast<int>(std::clamp<std::int64_t>(whole(at(spec, "minReplicas"), 1), 0, 100000));
  draft.spec.max_replicas = static_cast<int>(std::clamp<std::int64_t>(whole(at(spec, "maxReplicas"), 1), 1, 100000));
  if (const std::int64_t cpu = whole(at(spec, "targetCPUUtilizationPercentage"), 0); cpu > 0)  // autoscaling/v1
    note_resource(draft, "Resource", {{"name", "cpu"}, {"target", {{"averageUtilization", cpu}}}});
  const std::vector<Demand> demands = read_metrics(at(spec, "metrics"), draft);
  if (demands.size() > 1) draft.note("An HPA takes the largest of its metrics' proposals; Spillway plans for one demand.");
  set_demand(draft, demands, options);
  convert_behavior(draft, at(spec, "behavior"));
  draft.note("The HPA's tolerance of 10 % has no equivalent: it lets replicas stay up to 10 % off its target, Spillway comes closer when a move is worth its cost.");
  const std::string ns = draft.metadata.namespace_name.empty() ? "" : " -n " + draft.metadata.namespace_name;
  finish_conversion(draft, "kubectl delete hpa" + ns + " " + draft.metadata.name);
  return begun;
}

}  // namespace spillway::onboarding
