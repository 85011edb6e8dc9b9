#include "operator/workload/metrics.hpp"

#include <algorithm>
#include <array>

namespace spillway::workload {
namespace {

using telemetry::HistogramSpec;
using telemetry::MetricSpec;

constexpr double kSeconds[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};

constexpr MetricSpec kReceived{"toy_http_requests_received_total", "Requests for /work received, counted on arrival"};
constexpr MetricSpec kRequests{"toy_http_requests_total",
                               "Requests ended, without probes and scrapes, by status code (499: the client left)"};
constexpr MetricSpec kErrors{"toy_errors_total", "Requests that did not end well, by reason"};
constexpr MetricSpec kInFlight{"toy_in_flight_requests", "Requests for /work waiting or in service"};
constexpr MetricSpec kWaiting{"toy_requests_waiting", "Requests for /work waiting for a worker"};
constexpr HistogramSpec kDuration{"toy_http_request_duration_seconds", "Time from arrival to answer", kSeconds};
constexpr HistogramSpec kCpu{"toy_work_cpu_seconds", "CPU time burnt per request", kSeconds};
constexpr HistogramSpec kSleep{"toy_work_sleep_seconds", "Time slept per request, without jitter", kSeconds};
constexpr HistogramSpec kJitter{"toy_work_jitter_seconds", "Random time slept on top, per request", kSeconds};

/// Only known words become label values: a client must not be able to make series.
template <std::size_t N>
std::string known(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::string(std::find(words.begin(), words.end(), word) != words.end() ? word : "other");
}

constexpr std::array<std::string_view, 7> kMethods = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};
constexpr std::array<std::string_view, 1> kPaths = {"/work"};
// Not counted: a sum over all paths must not show the load of those who watch.
constexpr std::array<std::string_view, 3> kWatchersPaths = {"/healthz", "/readyz", "/metrics"};

}  // namespace

Metrics::Metrics()
    : received_(registry_.counter(kReceived, {{"method", "GET"}, {"path", "/work"}})),
      in_flight_(registry_.gauge(kInFlight)),
      waiting_(registry_.gauge(kWaiting)),
      cpu_(registry_.histogram(kCpu)),
      sleep_(registry_.histogram(kSleep)),
      jitter_(registry_.histogram(kJitter)) {
  // Series that start at zero: the first request of a new pod must count in rate().
  ended("GET", "/work", 200);
  ended("GET", "/work", 503);
  set_load(0, 0);
}

Metrics::Ended& Metrics::ended(std::string_view method, std::string_view path, int code) {
  auto key = std::make_tuple(known(method, kMethods), known(path, kPaths), code);
  const auto found = ended_.find(key);
  if (found != ended_.end()) return found->second;
  const auto& [method_label, path_label, code_label] = key;
  const telemetry::Labels where{{"method", method_label}, {"path", path_label}};
  telemetry::Labels with_code = where;
  with_code["code"] = std::to_string(code_label);
  Ended series{registry_.counter(kRequests, with_code), registry_.histogram(kDuration, where)};
  return ended_.emplace(std::move(key), std::move(series)).first->second;
}

void Metrics::received() {
  received_.add();
}

void Metrics::answered(std::string_view method, std::string_view path, int code, double seconds) {
  if (std::find(kWatchersPaths.begin(), kWatchersPaths.end(), path) != kWatchersPaths.end()) return;
  Ended& series = ended(method, path, code);
  series.count.add();
  series.duration.observe(seconds);
}

void Metrics::error(std::string_view path, std::string_view reason) {
  registry_.counter(kErrors, {{"path", known(path, kPaths)}, {"reason", std::string(reason)}}).add();
}

void Metrics::worked(double cpu_seconds, double sleep_seconds, double jitter_seconds) {
  cpu_.observe(cpu_seconds);
  sleep_.observe(sleep_seconds);
  jitter_.observe(jitter_seconds);
}

void Metrics::set_load(std::size_t waiting, std::size_t in_service) {
  waiting_.set(static_cast<double>(waiting));
  in_flight_.set(static_cast<double>(waiting + in_service));
}

}  // namespace spillway::workload
