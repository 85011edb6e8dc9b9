#pragma once
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace prometheus {
class Counter;
class Gauge;
class Histogram;
}  // namespace prometheus

/// The metric registry, over prometheus-cpp's metric types and text serializer. Handles are cheap to copy and stay valid after
/// their series was removed (they then count for nobody). Everything is thread-safe; updating a counter or a gauge is one
/// atomic operation, so hot paths keep the handle instead of looking it up each time.
namespace spillway::telemetry {

using Labels = std::map<std::string, std::string>;

/// A metric family: what all its series share. Names are the API; keep them in one table (operator_metrics.hpp).
struct MetricSpec {
  const char* name;
  const char* help;
};
struct HistogramSpec {
  const char* name;
  const char* help;
  std::span<const double> buckets;  ///< upper bounds, ascending, without +Inf; must outlive the registry
};

class Counter {
 public:
  explicit Counter(std::shared_ptr<::prometheus::Counter> series) : series_(std::move(series)) {}
  void add(double amount = 1.0);  ///< negative amounts are ignored: a counter never falls
  double value() const;

 private:
  std::shared_ptr<::prometheus::Counter> series_;
};

class Gauge {
 public:
  explicit Gauge(std::shared_ptr<::prometheus::Gauge> series) : series_(std::move(series)) {}
  void set(double value);
  void add(double amount);
  double value() const;

 private:
  std::shared_ptr<::prometheus::Gauge> series_;
};

class Histogram {
 public:
  explicit Histogram(std::shared_ptr<::prometheus::Histogram> series) : series_(std::move(series)) {}
  void observe(double value);

 private:
  std::shared_ptr<::prometheus::Histogram> series_;
};

class MetricRegistry {
 public:
  MetricRegistry();
  ~MetricRegistry();
  MetricRegistry(const MetricRegistry&) = delete;
  MetricRegistry& operator=(const MetricRegistry&) = delete;

  /// The series of that family with exactly these labels, made at the first call. One name is one type for ever: asking for
  /// the same name as another type, or a malformed name or label, is a bug in the caller and ends the process.
  Counter counter(const MetricSpec& spec, const Labels& labels = {});
  Gauge gauge(const MetricSpec& spec, const Labels& labels = {});
  Histogram histogram(const HistogramSpec& spec, const Labels& labels = {});

  /// Removes every series whose labels contain all of `match` (a deleted policy's), and says how many. Empty match: none.
  std::size_t remove_series(const Labels& match);
  /// Removes the series of one family that match; for label values that come and go (mode, zone, reason of an absence).
  std::size_t remove_series(const MetricSpec& spec, const Labels& match);

  /// `refresh` runs before each exposition: for figures that are read, not counted.
  void before_exposition(std::function<void()> refresh);

  /// Prometheus text format 0.0.4: families by name, HELP and TYPE once each, no families without series.
  std::string text() const;
  static constexpr const char* kContentType = "text/plain; version=0.0.4; charset=utf-8";

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace spillway::telemetry
