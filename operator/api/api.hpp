#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "operator/api/backing.hpp"
#include "operator/api/caller_client.hpp"
#include "operator/api/hub.hpp"
#include "operator/api/try_routes.hpp"
#include "operator/api/web_socket.hpp"
#include "operator/insight/journal.hpp"
#include "operator/io/scheduler.hpp"
#include "operator/push/point_store.hpp"
#include "operator/telemetry/metrics.hpp"

namespace spillway::api {

/// The REST API: joins the read model to routes and to the live stream. Everything in Surroundings outlives it.
class Api {
 public:
  struct Surroundings {
    insight::ReadModel& model;
    telemetry::MetricRegistry& metrics;
    const io::Clock& clock;
    io::Scheduler& scheduler;
    std::function<bool()> leading;
    std::function<bool()> synced;
    std::function<int()> queue_depth;
    std::string version;
    std::string identity;
    Zones zones;
    bool authenticated = true;  ///< false: `auth: none`
    kube::ClientConfig server;  ///< where callers' patches go
    io::Transport& transport;
    push::PointStore& points;
    SimulationLimits simulation;
    TryRoutes::ForkMemory fork_memory;
    TryRoutes::ReadPast read_past;
    kube::RestClient& rest;       ///< the operator's own
    std::vector<insight::JournalPlace> journals;  ///< of incidents and audit, one per shard
  };
  explicit Api(Surroundings around);
  ~Api();
  Api(const Api&) = delete;
  Api& operator=(const Api&) = delete;

  void add_routes(http::RouteTable& routes);
  /// Ends all streams and begins no new ones; before the server that they run on ends.
  void end_streams();
  /// Starts the server behind /ws and says on which port of loopback. Once.
  Result<std::uint16_t> serve_web_sockets(std::shared_ptr<http::Authorizer> authorizer);

 private:
  struct Pulse;
  void listen();
  void beat();
  static void schedule(const std::shared_ptr<Pulse>& pulse);

  Surroundings around_;
  Hub hub_;
  Backing backing_;
  CallerClient caller_client_;
  TryRoutes try_routes_;
  std::deque<insight::Journal> journals_;
  std::unique_ptr<WebSocketServer> web_sockets_;
  std::atomic<bool> changed_ = false;  ///< since the last overview event
  std::atomic<int> beats_ = 0;
  std::shared_ptr<Pulse> pulse_;
};

}  // namespace spillway::api
