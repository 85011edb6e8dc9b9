#pragma once
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "operator/telemetry/metrics.hpp"

namespace spillway::workload {

/// The demo service's metrics, under the names that users of toy-load know, plus requests received and requests
/// waiting. Of every request for /work: received counts at once, requests_total with its code when it ends (499 = the
/// client left).
class Metrics {
 public:
  Metrics();

  /// A request for /work has arrived.
  void received();
  void answered(std::string_view method, std::string_view path, int code, double seconds);
  void error(std::string_view path, std::string_view reason);
  void worked(double cpu_seconds, double sleep_seconds, double jitter_seconds);
  void set_load(std::size_t waiting, std::size_t in_service);
  std::string text() const { return registry_.text(); }

 private:
  struct Ended {
    telemetry::Counter count;
    telemetry::Histogram duration;
  };
  Ended& ended(std::string_view method, std::string_view path, int code);

  telemetry::MetricRegistry registry_;
  telemetry::Counter received_;
  telemetry::Gauge in_flight_;
  telemetry::Gauge waiting_;
  telemetry::Histogram cpu_, sleep_, jitter_;
  std::map<std::tuple<std::string, std::string, int>, Ended, std::less<>>
      ended_;  // handles, so that a request costs no look-up of labels
};

}  // namespace spillway::workload
