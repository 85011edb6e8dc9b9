#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "operator/io/clock.hpp"
#include "operator/io/transport.hpp"
#include "operator/load/endpoints.hpp"
#include "operator/load/schedule.hpp"

namespace spillway::load {

/// One service under load.
struct LoadTarget {
  std::string name;
  std::shared_ptr<const EndpointSource> endpoints;
  std::string path = "/work";  ///< path and query of each request
};

struct LoadOptions {
  RatePlan plan;
  Arrivals arrivals = Arrivals::kPoisson;
  std::uint64_t seed = 1;
  std::chrono::milliseconds timeout{10000};  ///< of one request, counted from its scheduled time
  std::optional<io::WallTime> start_at;      ///< several generators can start together; absent = now
  std::size_t max_requests = 2'000'000;      ///< of one target; the run ends there
  std::size_t max_outstanding =
      8192;  ///< of one target; beyond it requests fail as kClientLimit, and the report says so
};

/// How a request ended: an HTTP status code, or one of these.
enum Outcome : std::int16_t {
  kTimedOut = -1,
  kConnectionFailed = -2,  ///< refused, reset, cut
  kNoEndpoint = -3,        ///< nobody was ready
  kClientLimit = -4,       ///< this generator had too many open requests: the figures are not the service's
  kUnfinished = -5,        ///< the run was stopped before the answer came
};

/// One request. Latency counts from the SCHEDULED time, so a stalled service or a late generator shows in it (no
/// coordinated omission).
struct Record {
  double scheduled_s = 0.0;      ///< since the start of the run
  std::uint32_t latency_us = 0;  ///< end - scheduled
  std::uint32_t lag_us = 0;      ///< sent - scheduled: the generator's own delay
  std::int16_t outcome = kUnfinished;
  std::uint16_t endpoints = 0;  ///< ready ones when it was sent
};

/// Everything that happened to one target, in order of schedule.
struct TargetRecords {
  std::string name;
  std::vector<Record> records;
};

/// The state of a run for a progress display.
struct Progress {
  Seconds elapsed{0.0};
  Seconds total{0.0};
  struct Target {
    std::string name;
    std::size_t sent = 0, ok = 0, failed = 0, outstanding = 0, endpoints = 0;
  };
  std::vector<Target> targets;
};

/// Sends the plan to all targets side by side (each gets the same arrival times) and waits for the last answer or
/// time-out. Open loop: nobody waits for an answer before the next request. Each request goes to the ready endpoint
/// with the fewest outstanding ones. `on_progress` is called about once a second. Ends early when `stop` is asked for.
std::vector<TargetRecords> run_load(const LoadOptions& options, const std::vector<LoadTarget>& targets,
                                    io::Transport& transport, const io::Clock& clock, std::stop_token stop = {},
                                    const std::function<void(const Progress&)>& on_progress = {});

}  // namespace spillway::load
