#include "controllers/autoscaler_policy/observe.hpp"

#include <algorithm>

namespace spillway::autoscaler_policy {
namespace {

prometheus::MetricQuery query_of(const v1alpha1::MetricQuery& metric, const MetricDefaults& defaults) {
  return {.query = metric.query,
          .freshness_query = metric.freshness_query.value_or(""),
          .coverage_query = metric.coverage_query.value_or(""),
          .max_age = metric.max_age_seconds ? Seconds(*metric.max_age_seconds) : defaults.max_age};
}

template <typename Metric>
std::optional<prometheus::MetricQuery> query_of(const std::optional<Metric>& metric, const MetricDefaults& defaults) {
  if (!metric) return std::nullopt;
  return query_of(static_cast<const v1alpha1::MetricQuery&>(*metric), defaults);
}

Status read_secrets(const v1alpha1::PrometheusServer& spec, const std::string& ns, SecretReader& secrets,
                    prometheus::Auth& auth) {
  const auto read = [&](const std::string& name, const std::string& key, std::string& into) -> Status {
    auto value = secrets.read(ns, name, key);
    if (!value) return value.error();
    into = std::move(*value);
    return Ok{};
  };
  if (const auto& token = spec.bearer_token_secret_ref) {
    if (auto done = read(token->name, token->key, auth.bearer_token); !done) return done;
  }
  if (const auto& basic = spec.basic_auth_secret_ref) {
    if (auto done = read(basic->name, basic->username_key, auth.username); !done) return done;
    if (auto done = read(basic->name, basic->password_key, auth.password); !done) return done;
  }
  if (const auto& ca = spec.ca_secret_ref) {
    auto tls = std::make_shared<io::TlsOptions>();
    if (auto done = read(ca->name, ca->key, tls->ca_pem); !done) return done;
    auth.tls = std::move(tls);
  }
  return Ok{};
}

}  // namespace

Result<prometheus::Server> prometheus_server(const v1alpha1::AutoscalerPolicy& policy, const MetricDefaults& defaults,
                                             SecretReader& secrets) {
  const v1alpha1::PrometheusServer& spec = policy.spec.metrics.prometheus;
  if (!spec.address && defaults.server.address.empty()) {
    return Error{ErrorKind::kInvalid,
                 "spec.metrics.prometheus.address: want the address of a Prometheus server, since the operator has no "
                 "default one"};
  }
  const bool as_the_operator = !spec.address && !spec.bearer_token_secret_ref && !spec.basic_auth_secret_ref && !spec.ca_secret_ref;
  auto server = as_the_operator ? prometheus::connect(defaults.server)
                                : prometheus::Server{.address = spec.address.value_or(defaults.server.address), .auth = {}};
  if (!server) return server.error();
  // A server that does not answer must not use up more than the period.
  server->timeout =
      std::chrono::seconds(std::min(spec.timeout_seconds, std::max(1, policy.spec.control_period_seconds)));
  if (auto done = read_secrets(spec, policy.metadata.namespace_name, secrets, server->auth); !done) return done.error();
  return server;
}

prometheus::PolicyQueries policy_queries(const v1alpha1::Metrics& metrics, const MetricDefaults& defaults,
                                         Replicas ready) {
  return {.arrival_rate = query_of(metrics.arrival_rate, defaults),
          .throughput = query_of(metrics.throughput, defaults),
          .backlog = query_of(metrics.backlog, defaults),
          .latency = query_of(metrics.latency, defaults),
          .utilization = query_of(metrics.utilization, defaults),
          .ready_pods = ready};
}

prometheus::PolicyReadings read_metrics(const Result<prometheus::Server>& server,
                                        const prometheus::PolicyQueries& queries, io::Transport& transport,
                                        Seconds now) {
  if (server) return prometheus::observe_metrics(prometheus::Client(transport, *server), queries, now);
  const auto missing = [&](const std::optional<prometheus::MetricQuery>& query) {
    return query ? Reading::missing(Absence::kError, server.error().message) : Reading{};
  };
  return {.arrival_rate = missing(queries.arrival_rate),
          .throughput = missing(queries.throughput),
          .backlog = missing(queries.backlog),
          .latency = missing(queries.latency),
          .utilization = missing(queries.utilization),
          .warnings = {}};
}

void fill_in_pushed(const v1alpha1::Metrics& metrics, const push::PointStore* points, Seconds now,
                    prometheus::PolicyReadings& readings) {
  if (!metrics.push) return;
  const push::Demand demand{metrics.push->service_id, Seconds(metrics.push->max_age_seconds)};
  const auto fill = [&](Reading& reading, std::optional<double> push::Point::*field) {
    if (reading.absence == Absence::kNotAsked) reading = points ? points->read(demand, field, now) : Reading::missing(Absence::kEmpty);
  };
  fill(readings.arrival_rate, &push::Point::request_rate);
  fill(readings.throughput, &push::Point::throughput);
  fill(readings.backlog, &push::Point::queue_depth);
  fill(readings.latency, &push::Point::latency);
  fill(readings.utilization, &push::Point::utilization);
  if (!readings.arrival_rate.value && readings.arrival_rate.absence == Absence::kNotAsked) {
    readings.arrival_rate = Reading::missing(Absence::kEmpty, "the points of \"" + demand.service_id + "\" have no requestRate");
  }
}

Result<prometheus::History> read_history(const Result<prometheus::Server>& server,
                                         const v1alpha1::AutoscalerPolicy& policy, io::Transport& transport,
                                         Seconds now) {
  if (!policy.spec.metrics.arrival_rate) return prometheus::History{};
  if (!server) return server.error();
  constexpr double kFinePoints = 4000.0;  // a few more than the forecaster keeps
  constexpr std::size_t kCoarsePoints = 4500;
  const prometheus::Client client(transport, *server);
  const std::string& query = policy.spec.metrics.arrival_rate->query;
  const Seconds period(policy.spec.control_period_seconds), span(policy.spec.forecast.history_seconds);
  const Seconds start = now - span, fine_start = now - std::min(span, kFinePoints * period);
  auto fine = client.range({query, fine_start, now, period});
  if (!fine || fine_start - start < period) return fine;
  // Weeks in a few thousand points: they teach the time of day and of week.
  const Seconds step = prometheus::history_step(start, fine_start, period, kCoarsePoints);
  auto history = client.range({query, start, fine_start - period, step});
  if (!history) return fine;  // older data is worth having, not worth failing for
  history->points.insert(history->points.end(), fine->points.begin(), fine->points.end());
  history->step = fine->step;
  history->rejected += fine->rejected;
  history->warnings.insert(history->warnings.end(), fine->warnings.begin(), fine->warnings.end());
  return history;
}

Observation make_observation(const Target& target, const PodCensus& census, std::vector<Seconds> startup_times,
                             const prometheus::PolicyReadings& readings) {
  return {.arrival_rate = readings.arrival_rate,
          .throughput = readings.throughput,
          .backlog = readings.backlog,
          .latency = readings.latency,
          .utilization = readings.utilization,
          .replicas = target.replicas,
          .ready = census.ready,
          .pending = census.pending,
          .startup_times = std::move(startup_times),
          .rollout_in_progress = target.rollout_in_progress,
          .growth_blocked = census.unschedulable || !target.growth_failure.empty(),
          .calendar = {},
          .gates = {}};
}

}  // namespace spillway::autoscaler_policy
