#pragma once
#include <string>
#include <vector>

#include "controllers/autoscaler_policy/pods.hpp"
#include "controllers/autoscaler_policy/secrets.hpp"
#include "controllers/autoscaler_policy/target.hpp"
#include "operator/prometheus/default_server.hpp"
#include "operator/prometheus/observe.hpp"
#include "operator/push/point_store.hpp"

namespace spillway::autoscaler_policy {

/// What the operator's configuration gives to policies that do not say.
struct MetricDefaults {
  prometheus::DefaultServer server;
  Seconds max_age{60.0};
};

/// The Prometheus server of a policy, with its secrets. A policy that names no address gets the operator's server, and with it the
/// operator's credentials, unless it brings some of its own; an address of its own never sees them. kInvalid: neither policy nor
/// operator name an address.
Result<prometheus::Server> prometheus_server(const v1alpha1::AutoscalerPolicy& policy, const MetricDefaults& defaults,
                                             SecretReader& secrets);

/// The policy's questions; `ready` pods must be covered.
prometheus::PolicyQueries policy_queries(const v1alpha1::Metrics& metrics, const MetricDefaults& defaults,
                                         Replicas ready);

/// Asks all metrics of a policy at once, evaluated at `now`. If the server cannot be asked at all (`server` holds why),
/// every metric that the policy wants is missing for that reason.
prometheus::PolicyReadings read_metrics(const Result<prometheus::Server>& server,
                                        const prometheus::PolicyQueries& queries, io::Transport& transport,
                                        Seconds now);

/// Puts the newest pushed point where a metric has no query. `points` may be null: then nothing was pushed.
void fill_in_pushed(const v1alpha1::Metrics& metrics, const push::PointStore* points, Seconds now,
                    prometheus::PolicyReadings& readings);

/// Demand in the past, for a fresh memory, as far back as historySeconds says: the last 4,000 points at the control period, what is
/// older in at most 4,500 coarser ones. Two range queries (long ones are split); without the older part the newer one stands.
Result<prometheus::History> read_history(const Result<prometheus::Server>& server,
                                         const v1alpha1::AutoscalerPolicy& policy, io::Transport& transport,
                                         Seconds now);

/// Puts cache and metrics together. Calendar and gates are the caller's.
Observation make_observation(const Target& target, const PodCensus& census, std::vector<Seconds> startup_times,
                             const prometheus::PolicyReadings& readings);

}  // namespace spillway::autoscaler_policy
