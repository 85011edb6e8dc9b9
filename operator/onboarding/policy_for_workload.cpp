#include "operator/onboarding/policy_for_workload.hpp"

#include <algorithm>

namespace spillway::onboarding {
namespace {

void set_bounds(Draft& draft, const Workload& workload, const std::optional<GivenBounds>& bounds) {
  if (bounds) {
    draft.spec.min_replicas = bounds->min_replicas;
    draft.spec.max_replicas = std::max(bounds->max_replicas, std::max(1, bounds->min_replicas));
    draft.comments["spec.minReplicas"] = "Both bounds are those of " + bounds->source + ".";
    return;
  }
  constexpr int kRoom = 4, kLeastMax = 10;
  draft.spec.min_replicas = workload.replicas > 1 ? 2 : 1;
  draft.spec.max_replicas = std::max(kLeastMax, kRoom * workload.replicas);
  draft.comments["spec.minReplicas"] = "Nothing says which bounds are right; it runs " + std::to_string(workload.replicas) +
                                       " now. Set both to what you can afford to lose and to pay.";
}

void set_backlog(Draft& draft, const FoundMetric& found) {
  v1alpha1::BacklogMetric backlog;
  backlog.query = sum_query(found.metric->name, found.matcher.labels);
  backlog.includes_in_service = found.metric->includes_in_service;
  draft.spec.metrics.backlog = backlog;
}

/// Fewer targets than ready pods means that a part of the load is not seen.
std::string coverage_query(const SeriesMatcher& targets) { return "count(up{" + targets.labels + "} == 1)"; }

}  // namespace

void apply_findings(Draft& draft, const Workload& workload, const Findings& findings) {
  v1alpha1::ArrivalRateMetric& arrivals = draft.spec.metrics.arrival_rate.emplace();
  const char* const path = "spec.metrics.arrivalRate";
  if (!findings.arrivals) {
    arrivals.query = guessed_query(workload);
    draft.comments[path] = "REPLACE: a guess. " + describe(findings) + ". Until this query answers, nothing is scaled and MetricsFresh is False.";
  } else {
    arrivals.query = rate_query(findings.arrivals->metric->name, findings.arrivals->matcher.labels, findings.window_seconds);
    arrivals.counts = findings.arrivals->metric->counts;
    draft.comments[path] = "Found in Prometheus: " + std::to_string(findings.arrivals->series) + " series.";
    if (arrivals.counts == v1alpha1::ArrivalCounts::kCompletions)
      draft.comments[path] += " This metric counts requests when they are answered; one that counts them when they arrive sees an overload sooner.";
    if (findings.targets && findings.arrivals->matcher.per_pod) arrivals.coverage_query = coverage_query(*findings.targets);
  }
  if (findings.backlog) set_backlog(draft, *findings.backlog);
}

Draft policy_for(const Workload& workload, const std::string& api_version, const Findings& findings,
                 const std::string& prometheus_address, const std::optional<GivenBounds>& bounds) {
  Draft draft;
  draft.metadata.name = workload.name;
  draft.metadata.namespace_name = workload.ns;
  draft.spec.scale_target_ref = {api_version, workload.kind, workload.name};
  draft.spec.mode = Mode::kDryRun;
  draft.comments["spec.mode"] =
      "Decides and shows in its status what it would do (kubectl describe asp " + workload.name + "), moves nothing. Set it to Active when you like what you see.";
  set_bounds(draft, workload, bounds);
  if (!prometheus_address.empty()) draft.spec.metrics.prometheus.address = prometheus_address;
  apply_findings(draft, workload, findings);
  draft.head.push_back(workload.kind + " " + workload.ns + "/" + workload.name + ": " + describe(findings) + ".");
  draft.head.emplace_back("Capacity per replica and start-up time are learned; give them in spec.capacity if you know them.");
  return draft;
}

}  // namespace spillway::onboarding
