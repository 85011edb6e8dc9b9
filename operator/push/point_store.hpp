#pragma once
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "model/base/observation.hpp"
#include "model/base/result.hpp"

namespace spillway::push {

/// What a service said about itself at one moment. Absent is not known, never zero.
struct Point {
  double time = 0.0;  ///< seconds since 1970
  std::optional<double> request_rate;  ///< requests offered per second
  std::optional<double> throughput;    ///< requests completed per second
  std::optional<double> queue_depth;   ///< requests waiting
  std::optional<double> latency;       ///< seconds, a high percentile
  std::optional<double> utilization;   ///< busy share per replica
};

/// Whose points a policy wants, and how old they may be.
struct Demand {
  std::string service_id;
  Seconds max_age{60.0};
};

/// The points that were pushed, by service: the newest and a bounded past. In memory: a process that takes over begins with what is pushed
/// to it. Thread-safe.
class PointStore {
 public:
  static constexpr std::size_t kMostServices = 2000;
  static constexpr std::size_t kMostPoints = 1000;  ///< of the past, per service
  static constexpr double kForgetAfter = 3600.0;    ///< seconds without a point

  /// kConflict: older than the newest point of the service. kThrottled: too many services.
  Status add(const std::string& service_id, const Point& point, double now);
  /// The newest value of one field: kNotAsked if the service's points never have it, kEmpty without any point, kStale (with its value) when
  /// too old.
  Reading read(const Demand& demand, std::optional<double> Point::*field, Seconds now) const;
  /// Demand in the past, ascending.
  std::vector<HistoryPoint> history(const std::string& service_id) const;

 private:
  mutable std::mutex mutex_;
  std::map<std::string, std::deque<Point>> services_;
};

}  // namespace spillway::push
