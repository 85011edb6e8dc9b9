#include "operator/prometheus/observe.hpp"

#include <unordered_map>

namespace spillway::prometheus {
namespace {

struct NamedMetric {
  const char* name;
  std::optional<MetricQuery> PolicyQueries::*query;
  Reading PolicyReadings::*reading;
};

constexpr NamedMetric kMetrics[] = {
    {"arrivalRate", &PolicyQueries::arrival_rate, &PolicyReadings::arrival_rate},
    {"throughput", &PolicyQueries::throughput, &PolicyReadings::throughput},
    {"backlog", &PolicyQueries::backlog, &PolicyReadings::backlog},
    {"latency", &PolicyQueries::latency, &PolicyReadings::latency},
    {"utilization", &PolicyQueries::utilization, &PolicyReadings::utilization},
};

/// The queries of a batch, each once, and afterwards their answers.
class Batch {
 public:
  void add(const std::string& query) {
    if (!query.empty() && index_.try_emplace(query, queries_.size()).second) queries_.push_back(query);
  }
  void ask(const Client& client, Seconds now) { answers_ = client.instant_all(queries_, now); }
  const Result<Answer>& answer(const std::string& query) const { return answers_[index_.at(query)]; }

 private:
  std::vector<std::string> queries_;
  std::unordered_map<std::string, std::size_t> index_;
  std::vector<Result<Answer>> answers_;
};

void note_warnings(const char* metric, const Result<Answer>& answer, std::vector<std::string>& warnings) {
  if (!answer) return;
  for (const auto& words : answer->warnings) warnings.push_back(std::string(metric) + ": " + words);
}

std::optional<Reading> read(const Batch& batch, const std::string& query, const char* metric,
                            std::vector<std::string>& warnings) {
  if (query.empty()) return std::nullopt;
  note_warnings(metric, batch.answer(query), warnings);
  return to_reading(batch.answer(query));
}

Reading read_metric(const Batch& batch, const MetricQuery& metric, const char* name, Replicas ready_pods, Seconds now,
                    std::vector<std::string>& warnings) {
  const auto value = read(batch, metric.query, name, warnings);
  const auto freshness = read(batch, metric.freshness_query, name, warnings);
  const auto coverage = read(batch, metric.coverage_query, name, warnings);
  return judge(value.value_or(Reading{}), metric, freshness ? &*freshness : nullptr, coverage ? &*coverage : nullptr,
               ready_pods, now);
}

std::string whole_seconds(double seconds) {
  return std::to_string(std::llround(seconds)) + " s";
}

void mark(Reading& reading, Absence absence, std::string detail) {
  reading.absence = absence;
  reading.detail = std::move(detail);
}

/// Takes over the time of the oldest sample behind the value; false when the value is then stale.
bool check_freshness(Reading& value, const MetricQuery& metric, const Reading* freshness, Seconds now) {
  if (freshness != nullptr) {
    if (!freshness->usable()) {
      mark(value, Absence::kStale,
           std::string("age unknown, freshnessQuery: ") + to_string(freshness->absence) + ": " + freshness->detail);
      return false;
    }
    value.time = Seconds(*freshness->value);
  }
  const Seconds age = now - value.time;
  if (age <= metric.max_age) {
    value.time = std::min(value.time, now);  // a server whose clock runs ahead must not make samples from the future
    return true;
  }
  mark(value, Absence::kStale,
       "the sample is " + whole_seconds(age.value()) + " old, maxAgeSeconds is " +
           whole_seconds(metric.max_age.value()));
  return false;
}

void check_coverage(Reading& value, const Reading* coverage, Replicas ready_pods) {
  if (coverage == nullptr || ready_pods <= 0) return;
  if (!coverage->usable() && coverage->absence != Absence::kEmpty) {
    mark(value, Absence::kPartial,
         std::string("coverage unknown, coverageQuery: ") + to_string(coverage->absence) + ": " + coverage->detail);
    return;
  }
  const double covered = coverage->value.value_or(0.0);  // count() of nothing is an empty answer
  if (covered + 1e-9 >= static_cast<double>(ready_pods)) return;
  mark(value, Absence::kPartial,
       std::to_string(std::llround(covered)) + " of " + std::to_string(ready_pods) + " ready pods report");
}

}  // namespace

Reading judge(Reading value, const MetricQuery& metric, const Reading* freshness, const Reading* coverage,
              Replicas ready_pods, Seconds now) {
  if (!value.usable()) return value;
  if (check_freshness(value, metric, freshness, now)) check_coverage(value, coverage, ready_pods);
  return value;
}

std::vector<PolicyReadings> observe_metrics(const Client& client, std::span<const PolicyQueries> policies,
                                            Seconds now) {
  Batch batch;
  for (const auto& policy : policies) {
    for (const auto& metric : kMetrics) {
      const auto& query = policy.*metric.query;
      if (!query) continue;
      batch.add(query->query);
      batch.add(query->freshness_query);
      batch.add(query->coverage_query);
    }
  }
  batch.ask(client, now);
  std::vector<PolicyReadings> all(policies.size());
  for (std::size_t i = 0; i < policies.size(); ++i) {
    for (const auto& metric : kMetrics) {
      const auto& query = policies[i].*metric.query;
      if (query)
        all[i].*metric.reading = read_metric(batch, *query, metric.name, policies[i].ready_pods, now, all[i].warnings);
    }
  }
  return all;
}

PolicyReadings observe_metrics(const Client& client, const PolicyQueries& policy, Seconds now) {
  return observe_metrics(client, std::span(&policy, 1), now).front();
}

}  // namespace spillway::prometheus
