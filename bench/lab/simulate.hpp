#pragma once
#include <iosfwd>
#include <optional>
#include <string>
#include <vector>

#include "bench/lab/closed_loop.hpp"
#include "bench/lab/report.hpp"
#include "bench/lab/shapes.hpp"
#include "model/base/policy.hpp"

namespace spillway::bench {

/// What `spillway simulate` plays. The defaults are the demo: its spike, its workload (one worker of 40 ms per pod
/// behind a queue of 64, a client time-out of 10 s, the least busy pod first), a start-up lag of 20 s.
struct SimulateOptions {
  std::optional<Trace> trace;  ///< plays this; absent: `shape`
  std::string trace_name;
  ShapeRequest shape;
  std::optional<Policy> policy;  ///< absent: policy_for() the options below
  std::vector<std::string> laws = {"spillway", "hpa-rate"};
  double service_time = 0.04;  ///< seconds; capacity = concurrency / service_time
  int concurrency = 1;
  double service_variation = 0.0;
  double startup = 20.0;
  double startup_sigma = 0.0;
  Queueing queueing = Queueing::kLeastOutstanding;
  int queue_limit = 64;
  double timeout = 10.0;
  double period = 5.0;  ///< Spillway's and the rules' control period
  double target = 0.8;
  double max_queue_delay = 0.5;
  double scale_down_cooldown = 30.0;  ///< Spillway's; the HPA keeps its own 300 s
  Replicas min = 2;
  Replicas max = 30;
  double scrape_interval = 5.0;
  double rate_window = 15.0;
  Sensors sensors;
  std::vector<Fault> faults;
  std::uint64_t seed = 1;
  std::string out_dir;  ///< empty: writes no files
  bool json = false;    ///< prints summary.json instead of the table
};

/// The experiment that the options describe. kInvalid with the field's name for values that make no sense.
Result<Scenario> scenario_of(const SimulateOptions& options);

/// Plays every law on the same requests, prints the table, writes trajectory.csv, summary.json and report.html to
/// out_dir. Returns 0, or 2 with a message on `err`.
int run_simulate(const SimulateOptions& options, std::ostream& out, std::ostream& err);

/// The table of results, one row per law.
ReportTable summary_table(const std::vector<Run>& runs);
/// The page: table, then load, replicas, backlog and latency of all laws.
ReportData simulation_report(const Scenario& scenario, const std::vector<Run>& runs);

}  // namespace spillway::bench
