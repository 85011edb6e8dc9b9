#include "operator/load/report.hpp"

#include <iomanip>
#include <ostream>
#include <sstream>

namespace spillway::load {
namespace {

bool succeeded(const Record& record) {
  return record.outcome >= 200 && record.outcome < 300;
}
bool was_sent(const Record& record) {
  return record.outcome != kNoEndpoint && record.outcome != kClientLimit;
}
bool has_latency(const Record& record) {
  return succeeded(record) || record.outcome == kTimedOut;
}
double milliseconds(std::uint32_t micros) {
  return micros / 1000.0;
}

std::string outcome_name(std::int16_t outcome) {
  switch (outcome) {
    case kTimedOut:
      return "timeout";
    case kConnectionFailed:
      return "connection failed";
    case kNoEndpoint:
      return "no ready endpoint";
    case kClientLimit:
      return "generator's own limit";
    case kUnfinished:
      return "unfinished";
    default:
      return std::to_string(outcome);
  }
}

/// Nearest rank; `sorted` ascending and not empty.
double quantile(const std::vector<std::uint32_t>& sorted, double q) {
  const auto rank = static_cast<std::size_t>(std::ceil(q * static_cast<double>(sorted.size())));
  return milliseconds(sorted[std::clamp<std::size_t>(rank, 1, sorted.size()) - 1]);
}

Latency latency_of(std::vector<std::uint32_t> micros) {
  Latency latency;
  if (micros.empty()) return latency;
  std::sort(micros.begin(), micros.end());
  latency.mean = std::accumulate(micros.begin(), micros.end(), 0.0) / 1000.0 / static_cast<double>(micros.size());
  latency.p50 = quantile(micros, 0.50);
  latency.p90 = quantile(micros, 0.90);
  latency.p95 = quantile(micros, 0.95);
  latency.p99 = quantile(micros, 0.99);
  latency.max = milliseconds(micros.back());
  return latency;
}

std::vector<std::size_t> histogram_of(const std::vector<std::uint32_t>& micros) {
  std::vector<std::size_t> counts(std::size(kHistogramBoundsMs) + 1);
  for (const std::uint32_t sample : micros) {
    const auto* bound =
        std::lower_bound(std::begin(kHistogramBoundsMs), std::end(kHistogramBoundsMs), milliseconds(sample));
    ++counts[static_cast<std::size_t>(bound - std::begin(kHistogramBoundsMs))];
  }
  return counts;
}

double ratio(double part, double whole) {
  return whole > 0.0 ? part / whole : 0.0;
}

std::string fixed(double value, int digits) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(digits) << value;
  return out.str();
}

/// A CSV cell; names may be selectors with commas (RFC 4180).
std::string csv_cell(const std::string& content) {
  if (content.find_first_of(",\"\n") == std::string::npos) return content;
  std::string quoted = "\"";
  for (const char c : content) quoted.append(c == '"' ? 2 : 1, c);
  return quoted + "\"";
}

constexpr int kCellWidth = 12;
void write_row(std::ostream& out, const std::string& name, std::initializer_list<std::string> cells) {
  out << std::left << std::setw(24) << name;
  for (const auto& cell : cells) out << std::right << std::setw(kCellWidth) << cell;
  out << '\n';
}

void write_histogram(std::ostream& out, const Report& report) {
  const auto largest = *std::max_element(report.histogram.begin(), report.histogram.end());
  out << "\nlatency of " << report.name << " (from the scheduled send time)\n";
  for (std::size_t i = 0; i < report.histogram.size(); ++i) {
    const std::size_t count = report.histogram[i];
    if (count == 0) continue;
    const bool last = i == std::size(kHistogramBoundsMs);
    const double bound = kHistogramBoundsMs[last ? i - 1 : i];
    out << (last ? "  > " : " <= ") << std::right << std::setw(6) << bound << " ms " << std::setw(9) << count << "  "
        << std::string((count * 40 + largest - 1) / largest, '#') << '\n';
  }
}

}  // namespace

Report summarize(const TargetRecords& target, Seconds from, Seconds to, double late_after_ms) {
  Report report;
  report.name = target.name;
  report.duration_s = (to - from).value();
  std::vector<std::uint32_t> latencies, lags;
  for (const Record& record : target.records) {
    if (record.scheduled_s < from.value() || record.scheduled_s >= to.value()) continue;
    ++report.scheduled;
    ++report.outcomes[outcome_name(record.outcome)];
    lags.push_back(record.lag_us);
    if (has_latency(record)) latencies.push_back(record.latency_us);
    if (!succeeded(record)) continue;
    ++report.ok;
    if (milliseconds(record.latency_us) > late_after_ms) ++report.late;
  }
  report.throughput_rps = ratio(static_cast<double>(report.ok), report.duration_s);
  report.success_ratio = ratio(static_cast<double>(report.ok), static_cast<double>(report.scheduled));
  const auto late_or_failed = static_cast<double>(report.late + report.scheduled - report.ok);
  report.late_or_failed_ratio = ratio(late_or_failed, static_cast<double>(report.scheduled));
  report.histogram = histogram_of(latencies);
  report.latency = latency_of(std::move(latencies));
  report.generator_lag_ms_p99 = latency_of(std::move(lags)).p99;
  return report;
}

std::vector<SecondPoint> time_series(const TargetRecords& target, Seconds duration) {
  std::vector<SecondPoint> points(static_cast<std::size_t>(std::ceil(duration.value())));
  std::vector<std::vector<std::uint32_t>> latencies(points.size());
  for (const Record& record : target.records) {
    const auto second = static_cast<std::size_t>(record.scheduled_s);
    if (second >= points.size()) continue;
    SecondPoint& point = points[second];
    ++point.scheduled;
    point.sent += was_sent(record) ? 1 : 0;
    ++(succeeded(record) ? point.ok : point.errors);
    point.endpoints = record.endpoints;
    if (has_latency(record)) latencies[second].push_back(record.latency_us);
  }
  for (std::size_t i = 0; i < points.size(); ++i) {
    points[i].t = static_cast<int>(i);
    points[i].latency = latency_of(std::move(latencies[i]));
  }
  return points;
}

void write_table(std::ostream& out, std::span<const Report> reports) {
  write_row(out, "TARGET",
            {"REQUESTS", "OK/S", "SUCCESS%", "LATE+FAIL%", "P50 MS", "P90 MS", "P95 MS", "P99 MS", "MAX MS"});
  for (const Report& r : reports) {
    write_row(out, r.name,
              {std::to_string(r.scheduled), fixed(r.throughput_rps, 1), fixed(100 * r.success_ratio, 2),
               fixed(100 * r.late_or_failed_ratio, 2), fixed(r.latency.p50, 1), fixed(r.latency.p90, 1),
               fixed(r.latency.p95, 1), fixed(r.latency.p99, 1), fixed(r.latency.max, 1)});
  }
  for (const Report& r : reports) {
    if (r.scheduled == 0) continue;
    write_histogram(out, r);
    out << "outcomes:";
    for (const auto& [outcome, count] : r.outcomes) out << "  " << outcome << ": " << count;
    out << "  (sent late by p99 " << fixed(r.generator_lag_ms_p99, 2) << " ms)\n";
  }
}

void write_series_csv(std::ostream& out, const TargetRecords& target, Seconds duration, bool with_header) {
  if (with_header) out << "target,t,scheduled,sent,ok,errors,p50_ms,p95_ms,p99_ms,max_ms,endpoints\n";
  for (const SecondPoint& p : time_series(target, duration)) {
    out << csv_cell(target.name) << ',' << p.t << ',' << p.scheduled << ',' << p.sent << ',' << p.ok << ',' << p.errors
        << ',' << fixed(p.latency.p50, 3) << ',' << fixed(p.latency.p95, 3) << ',' << fixed(p.latency.p99, 3) << ','
        << fixed(p.latency.max, 3) << ',' << p.endpoints << '\n';
  }
}

}  // namespace spillway::load
