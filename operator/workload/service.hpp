#pragma once
#include <chrono>
#include <memory>
#include <random>
#include <string>

#include "operator/workload/http_server.hpp"
#include "operator/workload/metrics.hpp"
#include "operator/workload/station.hpp"
#include "operator/workload/workload.hpp"

namespace spillway::workload {

/// The routes of the demo service and the work behind them. Lives on the io_context's one thread; only CPU work leaves
/// it.
class Service {
 public:
  Service(boost::asio::io_context& io, const WorkloadOptions& options);
  ~Service();

  void handle(std::shared_ptr<Exchange> exchange);
  /// From now on /readyz says 503.
  void start_draining() { draining_ = true; }

 private:
  using Time = std::chrono::steady_clock::time_point;
  using Duration = std::chrono::steady_clock::duration;
  struct Request;
  class CpuPool;

  void route(const std::shared_ptr<Request>& request);
  void work(const std::shared_ptr<Request>& request);
  void serve(const std::shared_ptr<Request>& request);
  void sleep(const std::shared_ptr<Request>& request, Time from);
  void complete(const std::shared_ptr<Request>& request, Time at);
  void abandoned(const std::shared_ptr<Request>& request);
  void refuse(const std::shared_ptr<Request>& request, int status, const std::string& why, std::string_view reason);
  void end(const std::shared_ptr<Request>& request, Answer answer);
  void update_load() { metrics_.set_load(station_.waiting(), station_.busy()); }
  Answer readiness() const;

  boost::asio::io_context& io_;
  WorkParameters defaults_;
  Time ready_at_;
  bool draining_ = false;
  Metrics metrics_;
  Station station_;
  std::size_t workers_;
  std::unique_ptr<CpuPool> cpu_;  // made when the first request asks for CPU time
  std::mt19937_64 random_;
  Time handover_{};  // when the worker that takes the next waiting request became free
};

}  // namespace spillway::workload
