#include "operator/api/api.hpp"

#include "operator/api/control_routes.hpp"
#include "operator/api/incident_routes.hpp"
#include "operator/api/ingest_routes.hpp"
#include "operator/api/stream_routes.hpp"
#include "operator/insight/score_metrics.hpp"

namespace spillway::api {
namespace {

constexpr std::chrono::seconds kBeat{1};
constexpr int kBeatsPerKeepAlive = 10;

std::string to_text(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string epoch_of(double started) {
  char text[24];
  std::snprintf(text, sizeof text, "%llx", static_cast<unsigned long long>(started * 1000.0));
  return text;
}

}  // namespace

/// The tick of a second. Outlives the Api while a task of the scheduler holds it.
struct Api::Pulse {
  std::mutex mutex;
  Api* api = nullptr;  ///< null once the Api is gone
};

Api::Api(Surroundings around)
    : around_(std::move(around)),
      hub_(epoch_of(io::to_seconds(around_.clock.wall()).value())),
      backing_{.model = around_.model,
               .clock = around_.clock,
               .leading = around_.leading,
               .synced = around_.synced,
               .queue_depth = around_.queue_depth,
               .stream_clients = [this] { return static_cast<int>(hub_.clients()); },
               .version = around_.version,
               .identity = around_.identity,
               .started = io::to_seconds(around_.clock.wall()).value(),
               .zones = around_.zones,
               .authenticated = around_.authenticated},
      caller_client_(around_.server, around_.authenticated, around_.clock, around_.scheduler, around_.transport),
      try_routes_(backing_, around_.simulation, around_.fork_memory, around_.read_past),
      pulse_(std::make_shared<Pulse>()) {
  for (const auto& place : around_.journals) journals_.emplace_back(around_.rest, around_.model, around_.clock, place);
  listen();
  pulse_->api = this;
  schedule(pulse_);
}

Api::~Api() {
  {
    std::lock_guard lock(pulse_->mutex);
    pulse_->api = nullptr;
  }
  around_.model.listen({});
  hub_.close();
}

void Api::schedule(const std::shared_ptr<Pulse>& pulse) {
  Api* api = pulse->api;
  api->around_.scheduler.run_at(api->around_.clock.monotonic() + kBeat, [pulse] {
    std::lock_guard lock(pulse->mutex);
    if (!pulse->api) return;
    pulse->api->beat();
    schedule(pulse);
  });
}

void Api::beat() {
  const double now = backing_.now();
  for (insight::Journal& journal : journals_) journal.tick();
  if (++beats_ % kBeatsPerKeepAlive == 0) {
    around_.model.sweep(now);
    hub_.tend(now);
  }
  if (hub_.clients() == 0 || !changed_.exchange(false)) return;
  hub_.publish("overview", to_text(overview_head(around_.model.fleet(now), now)), std::nullopt);
}

void Api::listen() {
  const auto tell_incident = [this](const insight::Incident& incident) {
    hub_.publish("incident", to_text(view(incident, backing_.now())), incident.policy);
    changed_ = true;
  };
  around_.model.listen({.updated =
                            [this, tell_incident](const insight::Update& update) {
                              insight::publish(around_.metrics, update);
                              const Json data = {{"summary", view(update.summary)},
                                                 {"decision", update.note ? view(*update.note) : Json(nullptr)},
                                                 {"sample", update.sample ? view(*update.sample) : Json(nullptr)}};
                              hub_.publish("decision", to_text(data), update.summary.key);
                              for (const auto& incident : update.incidents) tell_incident(incident);
                              changed_ = true;
                            },
                        .gone =
                            [this, tell_incident](const kube::ObjectKey& key, const std::vector<insight::Incident>& ended) {
                              hub_.publish("policyGone", to_text({{"namespace", key.ns}, {"name", key.name}}), key);
                              for (const auto& incident : ended) tell_incident(incident);
                              changed_ = true;
                            },
                        .incident =
                            [this, tell_incident](const insight::Incident& incident) {
                              insight::publish(around_.metrics, incident);
                              tell_incident(incident);
                            },
                        .audited =
                            [this](const insight::AuditEntry& entry) {
                              hub_.publish("audit", to_text(view(entry)), entry.policy);
                            }});
}

void Api::end_streams() {
  hub_.close();
  web_sockets_.reset();
}

Result<std::uint16_t> Api::serve_web_sockets(std::shared_ptr<http::Authorizer> authorizer) {
  auto server = WebSocketServer::start(backing_, hub_, std::move(authorizer));
  if (!server) return server.error();
  web_sockets_ = std::move(*server);
  return web_sockets_->port();
}

void Api::add_routes(http::RouteTable& routes) {
  routes.refuse_with([](int status, const std::string& message) { return refuse(status, message); });
  add_observe_routes(routes, backing_);
  add_incident_routes(routes, backing_);
  add_control_routes(routes, backing_, caller_client_);
  try_routes_.add(routes);
  add_ingest_routes(routes, backing_, around_.points);
  add_stream_routes(routes, backing_, hub_);
  add_about_routes(routes, backing_);
}

}  // namespace spillway::api
