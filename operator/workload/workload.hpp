#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

#include "operator/workload/work.hpp"

namespace spillway::workload {

/// The demo service: an HTTP server with a bounded worker pool and one FIFO queue before it.
struct WorkloadOptions {
  std::string address = "0.0.0.0";             ///< what to listen on
  std::uint16_t port = 8080;                   ///< 0 = any free one
  int workers = 1;                             ///< requests served at once, 1..1024
  int queue_limit = 64;                        ///< requests that may wait; the next one gets 503; 0..100000
  WorkParameters work;                         ///< what a plain GET /work does
  std::chrono::milliseconds startup_delay{0};  ///< /readyz says 503 for this long
  std::chrono::milliseconds drain_delay{
      2000};  ///< after SIGTERM: not ready, still serving, until balancers have noticed
  std::chrono::milliseconds drain_timeout{5000};  ///< then: no new connections, what waits is served, at most this long
  std::uint64_t seed = 0;                         ///< of jitter and errors; 0 = different in each process
  std::function<void(std::uint16_t port)> on_listening;  ///< called once, with the port really bound
};

/// Serves until SIGTERM or SIGINT (a second one ends at once). Returns 0 after a clean drain, 1 when requests had to be
/// cut off or the address cannot be bound (said on stderr), 2 for an option out of its range.
int run_workload(const WorkloadOptions& options);

}  // namespace spillway::workload
