#pragma once
#include "operator/onboarding/draft.hpp"
#include "operator/onboarding/probe.hpp"

namespace spillway::onboarding {

/// Bounds that somebody has set already (an HPA's), and who.
struct GivenBounds {
  int min_replicas = 1;
  int max_replicas = 0;
  std::string source;
};

/// Puts what was found into spec.metrics, with comments; without an arrival rate the guessed query, so that the policy says
/// MetricsFresh=False until the metric is there.
void apply_findings(Draft& draft, const Workload& workload, const Findings& findings);

/// A DryRun policy for a workload that somebody looked at: it decides, shows what it would do, and moves nothing until its mode is set
/// to Active. `prometheus_address` may be empty: then the operator's default counts.
Draft policy_for(const Workload& workload, const std::string& api_version, const Findings& findings,
                 const std::string& prometheus_address, const std::optional<GivenBounds>& bounds);

}  // namespace spillway::onboarding
