#pragma once
#include <cstdint>
#include <atomic>
#include <functional>
#include <optional>

#include "model/loop/step.hpp"
#include "operator/api/backing.hpp"
#include "operator/api/shadow.hpp"

namespace spillway::api {

/// What simulations may take.
struct SimulationLimits {
  int max_concurrent = 1;
  int max_steps = 20000;  ///< control periods of one play
};

/// What-if and virtual drills. A play runs on the worker that asks; more than `max_concurrent` at a time get 429.
class TryRoutes {
 public:
  using ForkMemory = std::function<std::optional<loop::Memory>(const kube::ObjectKey&)>;
  /// Demand that Prometheus has recorded, ascending; empty for a policy without a query.
  using ReadPast = std::function<Result<std::vector<HistoryPoint>>(const kube::ObjectKey&)>;
  TryRoutes(const Backing& backing, SimulationLimits limits, ForkMemory fork_memory, ReadPast read_past);
  void add(http::RouteTable& routes);

 private:
  struct Overlay {
    double requests = 1.0;
    double latency = 1.0;
    int seconds = 120;
    std::uint32_t seed = 1;
  };
  struct Recording;
  Result<Recording> record(const insight::PolicyView& view, const Service& service, double window) const;
  http::Response one_at_a_time(const std::function<http::Response()>& simulate);
  http::Response what_if(const http::Request& request);
  http::Response drill(const http::Request& request);
  http::Response known_drill(const http::Request& request, bool burst);
  http::Response play_drill(const kube::ObjectKey& key, const Overlay& overlay);

  const Backing& backing_;
  SimulationLimits limits_;
  ForkMemory fork_memory_;
  ReadPast read_past_;
  std::atomic<int> running_ = 0;
};

}  // namespace spillway::api
