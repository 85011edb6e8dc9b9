#pragma once
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "model/base/observation.hpp"
#include "operator/prometheus/client.hpp"

namespace spillway::prometheus {

/// One metric of a policy, as spec.metrics.* has it.
struct MetricQuery {
  std::string query;
  /// Answers the time (Unix seconds) of the oldest sample that `query` rests on, e.g. min(timestamp(x)). Without it
  /// only the sample's own time can be judged, and an aggregate's own time is always "now". Empty = none.
  std::string freshness_query;
  /// Answers how many pods report, e.g. count(up{...} == 1). Empty = none.
  std::string coverage_query;
  Seconds max_age{60.0};
};

/// All metrics of one policy; an absent one reads NotAsked.
struct PolicyQueries {
  std::optional<MetricQuery> arrival_rate;
  std::optional<MetricQuery> throughput;
  std::optional<MetricQuery> backlog;
  std::optional<MetricQuery> latency;
  std::optional<MetricQuery> utilization;
  Replicas ready_pods = 0;  ///< how many pods coverage must reach
};

struct PolicyReadings {
  Reading arrival_rate;
  Reading throughput;
  Reading backlog;
  Reading latency;
  Reading utilization;
  std::vector<std::string> warnings;  ///< "arrivalRate: <the server's words>"
};

/// Asks everything that the policies want of one server, all queries concurrently and evaluated at the same `now`;
/// readings stand in the order of the policies. A query that several policies share is asked once. A value whose
/// freshness or coverage cannot be shown is Stale or Partial and keeps its value.
std::vector<PolicyReadings> observe_metrics(const Client& client, std::span<const PolicyQueries> policies, Seconds now);

/// The same for one policy.
PolicyReadings observe_metrics(const Client& client, const PolicyQueries& policy, Seconds now);

/// How old and how complete a value is. Pure. `freshness` and `coverage` are null when not asked.
Reading judge(Reading value, const MetricQuery& metric, const Reading* freshness, const Reading* coverage,
              Replicas ready_pods, Seconds now);

}  // namespace spillway::prometheus
