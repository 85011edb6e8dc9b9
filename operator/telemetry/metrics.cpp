// The only file that includes prometheus-cpp. Its metric types and text serializer are used as they are; the family table is ours,
// because series must be removable while other threads still hold a handle to them.
#include "operator/telemetry/metrics.hpp"

#include <prometheus/check_names.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/text_serializer.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <variant>

namespace spillway::telemetry {

namespace {

using Series = std::variant<std::shared_ptr<prometheus::Counter>, std::shared_ptr<prometheus::Gauge>, std::shared_ptr<prometheus::Histogram>>;

struct Family {
  std::string help;
  prometheus::MetricType type = prometheus::MetricType::Untyped;
  std::map<Labels, Series> series;
};

[[noreturn]] void die(const std::string& name, const char* why) {
  std::fprintf(stderr, "metric %s: %s\n", name.c_str(), why);
  std::abort();
}

bool contains(const Labels& labels, const Labels& match) {
  for (const auto& [name, value] : match) {
    const auto found = labels.find(name);
    if (found == labels.end() || found->second != value) return false;
  }
  return true;
}

void check_names(const std::string& name, const Labels& labels) {
  if (!prometheus::CheckMetricName(name)) die(name, "is not a metric name");
  for (const auto& [label, value] : labels) {
    if (!prometheus::CheckLabelName(label)) die(name, ("has the malformed label " + label).c_str());
  }
}

std::size_t erase_matching(std::map<Labels, Series>& series, const Labels& match) {
  return std::erase_if(series, [&](const auto& entry) { return contains(entry.first, match); });
}

prometheus::ClientMetric collect(const Labels& labels, const Series& series) {
  prometheus::ClientMetric metric = std::visit([](const auto& s) { return s->Collect(); }, series);
  for (const auto& [name, value] : labels) metric.label.push_back({name, value});
  return metric;
}

}  // namespace

struct MetricRegistry::State {
  mutable std::mutex mutex;
  std::map<std::string, Family> families;
  std::vector<std::function<void()>> refreshers;

  /// Finds or makes a series; `make` builds a new one.
  template <typename T, typename Make>
  std::shared_ptr<T> series(const char* name, const char* help, prometheus::MetricType type, const Labels& labels, Make make) {
    const std::lock_guard lock(mutex);
    Family& family = families[name];
    if (family.type == prometheus::MetricType::Untyped) {
      family.help = help;
      family.type = type;
    } else if (family.type != type) {
      die(name, "exists with another type");
    }
    const auto found = family.series.find(labels);
    if (found != family.series.end()) return std::get<std::shared_ptr<T>>(found->second);
    check_names(name, labels);
    auto made = make();
    family.series.emplace(labels, made);
    return made;
  }
};

MetricRegistry::MetricRegistry() : state_(std::make_unique<State>()) {}
MetricRegistry::~MetricRegistry() = default;

void Counter::add(double amount) {
  if (amount > 0.0) series_->Increment(amount);
}
double Counter::value() const { return series_->Value(); }
void Gauge::set(double value) { series_->Set(value); }
void Gauge::add(double amount) { series_->Increment(amount); }
double Gauge::value() const { return series_->Value(); }
void Histogram::observe(double value) { series_->Observe(value); }

Counter MetricRegistry::counter(const MetricSpec& spec, const Labels& labels) {
  return Counter(state_->series<prometheus::Counter>(spec.name, spec.help, prometheus::MetricType::Counter, labels,
                                                     [] { return std::make_shared<prometheus::Counter>(); }));
}

Gauge MetricRegistry::gauge(const MetricSpec& spec, const Labels& labels) {
  return Gauge(state_->series<prometheus::Gauge>(spec.name, spec.help, prometheus::MetricType::Gauge, labels,
                                                 [] { return std::make_shared<prometheus::Gauge>(); }));
}

Histogram MetricRegistry::histogram(const HistogramSpec& spec, const Labels& labels) {
  return Histogram(state_->series<prometheus::Histogram>(spec.name, spec.help, prometheus::MetricType::Histogram, labels, [&] {
    return std::make_shared<prometheus::Histogram>(prometheus::Histogram::BucketBoundaries(spec.buckets.begin(), spec.buckets.end()));
  }));
}

std::size_t MetricRegistry::remove_series(const Labels& match) {
  if (match.empty()) return 0;
  const std::lock_guard lock(state_->mutex);
  std::size_t removed = 0;
  for (auto& [name, family] : state_->families) removed += erase_matching(family.series, match);
  return removed;
}

std::size_t MetricRegistry::remove_series(const MetricSpec& spec, const Labels& match) {
  const std::lock_guard lock(state_->mutex);
  const auto family = state_->families.find(spec.name);
  return family == state_->families.end() ? 0 : erase_matching(family->second.series, match);
}

void MetricRegistry::before_exposition(std::function<void()> refresh) {
  const std::lock_guard lock(state_->mutex);
  state_->refreshers.push_back(std::move(refresh));
}

std::string MetricRegistry::text() const {
  std::vector<std::function<void()>> refreshers;
  {
    const std::lock_guard lock(state_->mutex);
    refreshers = state_->refreshers;
  }
  for (const auto& refresh : refreshers) refresh();  // outside the lock: they set gauges of this registry
  std::vector<prometheus::MetricFamily> exposed;
  {
    const std::lock_guard lock(state_->mutex);
    for (const auto& [name, family] : state_->families) {
      if (family.series.empty()) continue;
      prometheus::MetricFamily out{name, family.help, family.type, {}};
      for (const auto& [labels, series] : family.series) out.metric.push_back(collect(labels, series));
      exposed.push_back(std::move(out));
    }
  }
  return prometheus::TextSerializer().Serialize(exposed);
}

}  // namespace spillway::telemetry
