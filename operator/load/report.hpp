#pragma once
#include <iosfwd>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "operator/load/generator.hpp"

namespace spillway::load {

/// Milliseconds. Over the requests that were answered with 2xx or timed out: quick refusals would flatter them and
/// count in the success ratio only. Exact (from every sample, nearest rank), all zero without samples.
struct Latency {
  double mean = 0, p50 = 0, p90 = 0, p95 = 0, p99 = 0, max = 0;
};

/// The figures of one target.
struct Report {
  std::string name;
  std::size_t scheduled = 0;
  std::size_t ok = 0;           ///< answered with 2xx
  std::size_t late = 0;         ///< answered with 2xx after more than the limit
  double duration_s = 0.0;      ///< of the plan's window
  double throughput_rps = 0.0;  ///< ok / duration
  double success_ratio = 0.0;   ///< ok / scheduled; 0 without requests
  double late_or_failed_ratio = 0.0;
  Latency latency;
  double generator_lag_ms_p99 = 0.0;            ///< how late requests were sent
  std::map<std::string, std::size_t> outcomes;  ///< "200", "503", "timeout", "connection failed", ...
  std::vector<std::size_t> histogram;           ///< counts per bound of kHistogramBoundsMs, the last one above them all
};

inline constexpr double kHistogramBoundsMs[] = {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000};

/// One second of the run, by scheduled time.
struct SecondPoint {
  int t = 0;
  std::size_t scheduled = 0, sent = 0, ok = 0, errors = 0, endpoints = 0;
  Latency latency;
};

/// Of the requests scheduled in [from, to) seconds of the run.
Report summarize(const TargetRecords& target, Seconds from, Seconds to, double late_after_ms);
std::vector<SecondPoint> time_series(const TargetRecords& target, Seconds duration);

void write_table(std::ostream& out, std::span<const Report> reports);
void write_json(std::ostream& out, std::span<const Report> reports);
/// Header: target,t,scheduled,sent,ok,errors,p50_ms,p95_ms,p99_ms,max_ms,endpoints; one row per target and second.
void write_series_csv(std::ostream& out, const TargetRecords& target, Seconds duration, bool with_header);

}  // namespace spillway::load
