#include "operator/cli/operator_process.hpp"

#include <unistd.h>

#include <atomic>

#include "controllers/autoscaler_policy/reconciler.hpp"
#include "operator/api/api.hpp"
#include "operator/http/dashboard.hpp"
#include "operator/http/kubernetes_authorizer.hpp"
#include "operator/cli/opt_in_part.hpp"
#include "operator/http/server.hpp"
#include "operator/io/curl_transport.hpp"
#include "operator/kube/config.hpp"
#include "operator/record/record_file.hpp"
#include "operator/runtime/manager.hpp"
#include "operator/telemetry/log.hpp"
#include "operator/telemetry/operator_metrics.hpp"

namespace spillway::cli {
namespace {

namespace metric = telemetry::metric;
constexpr const char* kControllerName = "autoscalerpolicy";

/// Unique per process, also for two on one machine.
std::string make_identity(const io::Clock& clock) {
  char host[256] = "unknown";
  ::gethostname(host, sizeof host - 1);
  const auto ticks = clock.wall().time_since_epoch().count();
  return std::string(host) + "_" + std::to_string(::getpid()) + "_" + std::to_string(ticks);
}

void count_request(telemetry::MetricRegistry& metrics, const std::string& host, const kube::RequestSample& sample) {
  const std::string verb(sample.verb);
  const std::string code = sample.status == 0 ? "<error>" : std::to_string(sample.status);
  metrics.counter(metric::kRestClientRequests, {{"code", code}, {"method", verb}, {"host", host}}).add();
  if (verb != "WATCH")
    metrics.histogram(metric::kRestClientSeconds, {{"verb", verb}, {"host", host}}).observe(sample.seconds);
}

kube::RestClientOptions api_options(const config::OperatorConfig& config, telemetry::MetricRegistry& metrics,
                                    const std::string& host) {
  kube::RestClientOptions options;
  options.requests_per_second = config.api.qps;
  options.burst = config.api.burst;
  options.on_request = [&metrics, host](const kube::RequestSample& sample) { count_request(metrics, host, sample); };
  return options;
}

/// Policies that share a Prometheus server share a few connections.
io::CurlTransportOptions transport_options() {
  return {{{spillway::prometheus::kPool, {.max_connections_per_host = 8, .max_idle_connections = 8}}}};
}

/// A connection of its own and no rate limit: nothing that the process does may keep the Lease from being renewed.
kube::RestClientOptions lease_options(telemetry::MetricRegistry& metrics, const std::string& host) {
  kube::RestClientOptions options;
  options.pool = "lease";
  options.requests_per_second = 0;
  options.on_request = [&metrics, host](const kube::RequestSample& sample) { count_request(metrics, host, sample); };
  return options;
}

/// A few requests a second of their own for finding out who asks: strangers who knock cannot use up what the controllers need.
kube::RestClientOptions auth_options(telemetry::MetricRegistry& metrics, const std::string& host) {
  kube::RestClientOptions options;
  options.pool = "auth";
  options.requests_per_second = 20;
  options.burst = 50;
  options.on_request = [&metrics, host](const kube::RequestSample& sample) { count_request(metrics, host, sample); };
  return options;
}

kube::ReflectorOptions watch_options(telemetry::MetricRegistry& metrics, std::uint64_t seed) {
  kube::ReflectorOptions options;
  options.seed = seed;
  options.on_failure = [&metrics](const kube::Selection& selection, const Error& error) {
    metrics.counter(metric::kWatchRestarts, {{"resource", selection.type.plural}, {"reason", to_string(error.kind)}})
        .add();
    telemetry::log_warn("watch failed", {{"resource", selection.type.plural}, {"error", error.message}});
  };
  return options;
}

kube::EventRecorderOptions event_options(const std::string& identity) {
  kube::EventRecorderOptions options;
  options.instance = identity;
  options.on_failure = [](const Error& error) {
    telemetry::log_warn("an event could not be written", {{"error", error.message}});
  };
  return options;
}

std::chrono::milliseconds milliseconds_of(double seconds) {
  return std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
}

runtime::ShardOptions shard_options(const config::OperatorConfig& config, const std::string& own_namespace, const std::string& identity) {
  const auto& election = config.leader_election;
  runtime::ShardOptions options;
  options.count = config.shards;
  options.lease.ns = election.lease_namespace.empty() ? own_namespace : election.lease_namespace;
  options.lease.name = election.lease_name;
  options.lease.identity = identity;
  options.lease.lease_duration = std::chrono::seconds(election.lease_duration_seconds);
  options.lease.renew_deadline = milliseconds_of(election.renew_deadline_seconds);
  options.lease.retry_period = milliseconds_of(election.retry_period_seconds);
  options.lease.seed = std::hash<std::string>{}(identity);
  return options;
}

autoscaler_policy::Settings settings_of(const config::OperatorConfig& config) {
  return {{{config.prometheus.address, config.prometheus.credentials_directory}, Seconds(config.prometheus.max_sample_age_seconds)},
          {config.zones.warning, config.zones.collapse, config.zones.hysteresis}};
}

}  // namespace

/// In the order in which they are made; each uses only those above it.
struct OperatorProcess::Parts {
  Parts(const config::OperatorConfig& config_in, kube::ClientConfig api, const io::Clock& clock_in)
      : config(config_in),
        clock(clock_in),
        identity(make_identity(clock)),
        server(api),
        record({config.decision_log.path, config.decision_log.max_bytes, config.decision_log.max_files}),
        rest(api, clock, scheduler, transport, api_options(config, metrics, api.server)),
        lease_rest(api, clock, scheduler, transport, lease_options(metrics, api.server)),
        auth_rest(api, clock, scheduler, transport, auth_options(metrics, api.server)),
        client(rest, autoscaler_policy::kFieldManager),
        mapper(rest, clock),
        events(rest, clock, scheduler, event_options(identity)),
        informers(rest, clock, scheduler, watch_options(metrics, std::hash<std::string>{}(identity))),
        caches(informers, config.namespaces) {
    if (config.leader_election.enabled) {
      runtime::ShardOptions options = shard_options(config, rest.default_namespace(), identity);
      options.on_change = [this](int shard, bool ours) { shard_changed(shard, ours); };
      options.lease.address = [this] { return advertised(); };
      shards.emplace(lease_rest, clock, scheduler, std::move(options));
    }
    manager.emplace(informers, shards ? &*shards : nullptr);
    reconciler.emplace(surroundings(), settings_of(config));
    if (shards) sharded.emplace(*reconciler, *shards);
    controller.emplace(sharded ? static_cast<runtime::Reconciler&>(*sharded) : *reconciler, clock, controller_options());
    caches.watch([this](const runtime::Request& request) { controller->queue().add(request); });
    manager->add(*controller);
    if (config.opt_in.enabled) {
      opt_in.emplace(config, informers, client, events, transport, clock, [this] { return !shards || shards->owns(0); });
      manager->add(opt_in->controller);
    }
    rest_api.emplace(api_surroundings());
    publish_process();
  }
  /// Streams have no end of their own, and the server waits for its answers.
  ~Parts() {
    if (rest_api) rest_api->end_streams();
  }

  autoscaler_policy::Surroundings surroundings() {
    autoscaler_policy::Surroundings around{.caches = caches,
                                           .client = client,
                                           .mapper = mapper,
                                           .events = events,
                                           .transport = transport,
                                           .metrics = metrics,
                                           .clock = clock,
                                           .standing = [this](const kube::ObjectKey& policy) {
                                             return shards ? shards->standing(policy) : runtime::Standing::kOurs;
                                           },
                                           .record = {},
                                           .onlooker = &read_model,
                                           .points = &points};
    if (!config.decision_log.path.empty()) around.record = [this](const std::string& line) { record.append(line); };
    return around;
  }

  /// Where other instances find this one's API; empty if they may not.
  std::string advertised() const {
    if (config.advertise_address.empty() || !pages_server) return {};
    return config.advertise_address + ":" + std::to_string(pages_server->port());
  }

  std::string own_namespace() const {
    return config.leader_election.lease_namespace.empty() ? rest.default_namespace() : config.leader_election.lease_namespace;
  }

  api::Api::Surroundings api_surroundings() {
    return {.model = read_model,
            .metrics = metrics,
            .clock = clock,
            .scheduler = scheduler,
            .leading = [this] { return !shards || shards->owns_any(); },
            .synced = [this] { return manager->synced(); },
            .queue_depth = [this] { return static_cast<int>(controller->queue().stats().depth); },
            .version = SPILLWAY_VERSION,
            .identity = identity,
            .zones = {config.zones.warning, config.zones.collapse, config.zones.hysteresis},
            .authenticated = config.auth != "none",
            .server = server,
            .transport = transport,
            .points = points,
            .simulation = {config.simulation.max_concurrent, config.simulation.max_steps},
            .fork_memory = [this](const kube::ObjectKey& key) { return reconciler->fork_memory(key); },
            .read_past = [this](const kube::ObjectKey& key) { return reconciler->read_past(key); },
            .rest = rest,
            .journals = journals()};
  }

  std::vector<insight::JournalPlace> journals() {
    const auto place = [this](const std::string& lease) { return kube::ObjectKey{own_namespace(), lease + "-journal"}; };
    if (!shards) return {{place(config.leader_election.lease_name), [] { return true; }, [](const kube::ObjectKey&) { return true; }}};
    std::vector<insight::JournalPlace> all;
    for (int shard = 0; shard < shards->count(); ++shard) {
      all.push_back({place(shards->lease_name(shard)), [this, shard] { return shards->owns(shard); },
                     [this, shard](const kube::ObjectKey& policy) { return shards->shard_of(policy) == shard; }});
    }
    return all;
  }

  runtime::ControllerOptions controller_options() {
    runtime::ControllerOptions options;
    options.name = kControllerName;
    options.workers = config.workers;
    options.on_reconcile = [this](const runtime::ReconcileSample& sample) {
      metrics.histogram(metric::kReconcileSeconds).observe(sample.seconds);
      if (sample.result) return;
      telemetry::log_warn("reconcile failed",
                          {{"policy", sample.request.to_string()}, {"error", sample.result.error().message}});
    };
    return options;
  }

  /// A shard has come or gone: its policies are looked at, or forgotten, now.
  void shard_changed(int shard, bool ours) {
    const std::string lease = shards->lease_name(shard);
    ours ? telemetry::log_info("leading", {{"lease", lease}}) : telemetry::log_info("no longer leading", {{"lease", lease}});
    for (const kube::ObjectKey& policy : caches.policy_keys()) {
      if (shards->shard_of(policy) == shard) controller->queue().add(policy);
    }
    manager->wake();
  }

  void publish_leases() {
    if (!shards) return metrics.gauge(metric::kLeader, {{"name", config.leader_election.lease_name}}).set(1.0);
    for (int shard = 0; shard < shards->count(); ++shard) {
      metrics.gauge(metric::kLeader, {{"name", shards->lease_name(shard)}}).set(shards->owns(shard) ? 1.0 : 0.0);
    }
  }

  void publish_process() {
    telemetry::add_process_metrics(metrics);
    metrics.before_exposition([this] {
      const runtime::WorkQueueStats now = controller->queue().stats();
      const telemetry::Labels name{{"name", kControllerName}};
      metrics.gauge(metric::kWorkqueueDepth, name).set(static_cast<double>(now.depth));
      metrics.counter(metric::kWorkqueueAdds, name).add(static_cast<double>(now.adds_total - published.adds_total));
      metrics.counter(metric::kWorkqueueRetries, name)
          .add(static_cast<double>(now.retries_total - published.retries_total));
      publish_leases();
      published = now;
    });
  }

  http::RouteTable probes() {
    http::RouteTable routes;
    routes.add("GET", "/healthz", [](const http::Request&) { return http::Response{200, "ok\n"}; }, http::open_to_all());
    routes.add(
        "GET", "/readyz",
        [this](const http::Request&) {
          // Kinds that are watched later must not take the process out of service.
          if (!was_synced && manager->synced()) was_synced = true;
          return was_synced ? http::Response{200, "ok\n"}
                            : http::Response{503, "the caches have not listed everything yet\n"};
        },
        http::open_to_all());
    return routes;
  }

  http::RouteTable pages() {
    http::RouteTable routes;
    http::add_dashboard(routes);
    routes.add(
        "GET", "/metrics",
        [this](const http::Request&) {
          return http::Response{200, metrics.text(), telemetry::MetricRegistry::kContentType};
        },
        config.metrics_auth == "none" ? http::open_to_all() : http::by_url());
    rest_api->add_routes(routes);
    return routes;
  }

  http::ServerOptions listen_options() {
    http::ServerOptions options{.address = config.listen_address};
    options.limits.max_body_bytes = 4 << 20;
    // Each instance has metrics and a health of its own; all else is best answered by the one that leads.
    options.elsewhere = [this](std::string_view path) {
      const bool own = path == "/metrics" || path == "/health";
      return own || !shards || shards->owns_any() ? std::string() : shards->leader_address();
    };
    if (!config.tls.cert_file.empty()) options.tls = {config.tls.cert_file, config.tls.key_file};
    if (config.auth == "none") {
      options.authorizer = std::make_shared<http::NoAuthorizer>();
    } else {
      options.authorizer = std::make_shared<http::KubernetesAuthorizer>(auth_rest, clock);
    }
    return options;
  }

  Status listen() {
    if (auto opened = config.decision_log.path.empty() ? Status(Ok{}) : record.open(); !opened) return opened;
    http::use_threads(2);
    auto health_server = http::Server::start({.address = config.health_address, .workers = 1}, probes());
    if (!health_server) return Error{ErrorKind::kInvalid, "healthAddress: " + health_server.error().message};
    http::ServerOptions options = listen_options();
    const auto web_sockets = rest_api->serve_web_sockets(options.authorizer);
    if (!web_sockets) return web_sockets.error();
    options.web_socket_port = *web_sockets;
    auto main_server = http::Server::start(options, pages());
    if (!main_server) return Error{ErrorKind::kInvalid, "listenAddress: " + main_server.error().message};
    health = std::move(*health_server);
    pages_server = std::move(*main_server);
    telemetry::log_info("listening",
                        {{"port", pages_server->port()}, {"healthPort", health->port()}, {"identity", identity}});
    return Ok{};
  }

  config::OperatorConfig config;
  const io::Clock& clock;
  std::string identity;
  kube::ClientConfig server;
  telemetry::MetricRegistry metrics;
  runtime::WorkQueueStats published;  ///< as of the last exposition
  record::RecordFile record;
  io::ThreadScheduler scheduler;
  io::CurlTransport transport{transport_options()};
  kube::RestClient rest;
  kube::RestClient lease_rest;
  kube::RestClient auth_rest;
  kube::Client client;
  kube::RestMapper mapper;
  kube::EventRecorder events;
  kube::InformerSet informers;
  autoscaler_policy::Caches caches;
  std::optional<runtime::Shards> shards;
  std::optional<runtime::Manager> manager;
  push::PointStore points;
  insight::ReadModel read_model;
  std::optional<autoscaler_policy::PolicyReconciler> reconciler;
  std::optional<runtime::ShardedReconciler> sharded;
  std::optional<runtime::Controller> controller;
  std::optional<OptInPart> opt_in;
  std::optional<api::Api> rest_api;
  std::atomic<bool> was_synced = false;
  std::unique_ptr<http::Server> health;
  std::unique_ptr<http::Server> pages_server;
};

OperatorProcess::OperatorProcess(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
OperatorProcess::~OperatorProcess() = default;

Result<std::unique_ptr<OperatorProcess>> OperatorProcess::assemble(const config::OperatorConfig& config,
                                                                   const io::Clock& clock) {
  auto api = kube::find_config(config.kubeconfig, config.context, clock);
  if (!api) return api.error();
  std::unique_ptr<OperatorProcess> process(
      new OperatorProcess(std::make_unique<Parts>(config, std::move(*api), clock)));
  if (auto listening = process->parts_->listen(); !listening) return listening.error();
  return process;
}

void OperatorProcess::run() {
  parts_->manager->run();
}

void OperatorProcess::stop() {
  parts_->manager->stop();
}

}  // namespace spillway::cli
