#pragma once
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "bench/lab/clairvoyant.hpp"
#include "bench/lab/closed_loop.hpp"
#include "bench/lab/report.hpp"

namespace spillway::bench {

/// The closed-loop comparison: every law on every trace at every start-up lag, one set of parameters for all.
struct SuiteOptions {
  std::string traces_dir;  ///< CSV files; empty: generated shapes
  std::vector<double> lags = {30.0, 90.0};
  std::vector<std::string> laws;  ///< names of contenders(); empty: all
  double peak_replicas = 40.0;    ///< demand is scaled so that its highest bin needs this many at the set point
  double target = 0.7;
  double longest = 86400.0;  ///< seconds: longer traces are cut to this length about their peak
  /// A trace knows only the mean of each bin. Demand is linear between the middles of the bins; with `steps` it jumps at every bin's
  /// edge by what the mean changes, which no real load does once a minute.
  bool steps = false;
  Queueing queueing = Queueing::kShared;
  unsigned threads = 2;
  std::uint64_t seed = 1;
};

/// One trace at one lag.
struct Cell {
  std::string trace;
  double lag = 0.0;
  Bound bound;
  std::vector<Summary> laws;                ///< in the order of the law names
  std::optional<Summary> hpa_in_hindsight;  ///< HPA on utilisation with the target that turned out best on this trace
};

struct SuiteResult {
  std::vector<std::string> laws;
  std::vector<Cell> cells;
};

/// A trace ready to be played, with its name.
struct NamedTrace {
  std::string name;
  Trace trace;
};

/// The traces of a folder (sorted by name, cut, scaled), or generated ones. kNotFound, kInvalid with the file's name.
Result<std::vector<NamedTrace>> suite_traces(const SuiteOptions& options);
/// The experiment of one trace at one lag.
Scenario suite_scenario(const SuiteOptions& options, const NamedTrace& trace, double lag);

/// Runs it all on `threads` threads; progress goes to `progress`, one line per trace and lag.
Result<SuiteResult> run_suite(const SuiteOptions& options, std::ostream& progress);

/// For one lag: law, late share %, replica-hours over ideal, cost over the clairvoyant bound (geometric mean, median,
/// worst), moves, reversals.
ReportTable law_table(const SuiteResult& result, double lag);
/// For one lag: trace by law, cost over the bound, and Spillway over the best rival.
ReportTable trace_table(const SuiteResult& result, double lag);
/// Everything, one row per trace, lag and law, for a CSV.
ReportTable full_table(const SuiteResult& result);

}  // namespace spillway::bench
