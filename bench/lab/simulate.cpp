#include "bench/lab/simulate.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <ostream>

#include "bench/lab/contenders.hpp"
#include "bench/lab/summary_json.hpp"

namespace spillway::bench {
namespace {

std::string milliseconds(double seconds) {
  return fixed(1000.0 * seconds, seconds < 0.01 ? 1 : 0);
}

void write_trajectory(std::ostream& out, const std::vector<Run>& runs) {
  out << "law,elapsed_s,offered_rps,throughput_rps,backlog,latency_p95_s,utilization,late_rps,replicas,ready,needed\n";
  for (const Run& run : runs)
    for (const Tick& t : run.ticks) {
      out << run.summary.law << ',' << t.time << ',' << t.offered << ',' << t.throughput << ',' << t.backlog << ',';
      if (std::isfinite(t.latency_p95)) out << t.latency_p95;  // nothing completed: an empty cell, never 0
      out << ',' << t.utilization << ',' << t.late << ',' << t.replicas << ',' << t.ready << ',' << t.needed << '\n';
    }
}

Series curve(const Run& run, const std::string& name, int color, Stroke stroke, double Tick::*field) {
  Series series{name, {}, {}, stroke, color};
  for (const Tick& tick : run.ticks) series.time.push_back(tick.time), series.value.push_back(tick.*field);
  return series;
}
Series curve(const Run& run, const std::string& name, int color, Stroke stroke, Replicas Tick::*field) {
  Series series{name, {}, {}, stroke, color};
  for (const Tick& tick : run.ticks) series.time.push_back(tick.time), series.value.push_back(tick.*field);
  return series;
}

bool write_files(const SimulateOptions& options, const Scenario& scenario, const std::vector<Run>& runs,
                 std::ostream& err) {
  std::error_code failed;
  std::filesystem::create_directories(options.out_dir, failed);
  const std::filesystem::path dir(options.out_dir);
  std::ofstream trajectory(dir / "trajectory.csv"), summary(dir / "summary.json");
  write_trajectory(trajectory, runs);
  summary << summary_json(scenario, runs) << "\n";
  trajectory.flush();
  summary.flush();
  const auto report = write_report((dir / "report.html").string(), simulation_report(scenario, runs));
  if (trajectory && summary && report) return true;
  err << "spillway simulate: " << options.out_dir << ": cannot be written\n";
  return false;
}

}  // namespace

Result<Scenario> scenario_of(const SimulateOptions& o) {
  Scenario s;
  s.name = o.trace ? o.trace_name : o.shape.shape;
  if (o.trace) {
    s.trace = *o.trace;
  } else {
    auto generated = generate(o.shape);
    if (!generated) return generated.error();
    s.trace = *generated;
  }
  if (!(o.service_time > 0.0)) return Error{ErrorKind::kInvalid, "service-ms: must be positive"};
  if (o.concurrency < 1) return Error{ErrorKind::kInvalid, "concurrency: must be at least 1"};
  s.plant.service_time = o.service_time;
  s.plant.concurrency = o.concurrency;
  s.plant.service_variation = o.service_variation;
  s.plant.startup = o.startup;
  s.plant.startup_sigma = o.startup_sigma;
  s.plant.queueing = o.queueing;
  s.plant.queue_limit = o.queue_limit;
  s.plant.timeout = o.timeout;
  s.plant.scrape_interval = o.scrape_interval;
  s.plant.rate_window = o.rate_window;
  s.plant.late_after = o.policy ? o.policy->max_queue_delay.value() : o.max_queue_delay;
  s.plant.counts_completions = o.policy && o.policy->arrival_rate_counts_completions;
  s.plant.seed = o.seed;
  s.service = {s.plant.capacity(), static_cast<double>(o.concurrency), o.target, o.min, o.max, o.period, o.startup};
  if (o.policy) {
    s.service.min = o.policy->min_replicas;
    s.service.max = o.policy->max_replicas;
    s.service.target = o.policy->target_utilization;
    s.service.period = o.policy->control_period.value();
    s.late_penalty = o.policy->late_penalty.value_or(0.0);
  }
  if (s.service.min < 0 || s.service.max < s.service.min || s.service.max < 1)
    return Error{ErrorKind::kInvalid, "min, max: allowed are 0 <= min <= max and max >= 1"};
  s.sensors = o.sensors;
  s.faults = o.faults;
  s.plant.initial = s.needed(s.trace.size() > 0 ? s.trace.rate.front() : 0.0);
  const double length = s.trace.end() - s.trace.begin();
  s.record_interval = length <= 1800.0 ? 1.0 : length <= 14400.0 ? 5.0 : 30.0;
  return s;
}

ReportTable summary_table(const std::vector<Run>& runs) {
  ReportTable table;
  table.header = {"law",    "req/s",     "p50 ms", "p95 ms",    "p99 ms",     "max ms", "served %",
                  "late %", "replica-s", "moves",  "reversals", "recovery s", "cost"};
  table.best_column = 12;
  for (const Run& run : runs) {
    const Summary& s = run.summary;
    table.rows.push_back({s.law, fixed(static_cast<double>(s.totals.completed) / s.duration, 1),
                          milliseconds(s.latency_p50), milliseconds(s.latency_p95), milliseconds(s.latency_p99),
                          milliseconds(s.latency_max), fixed(100.0 * s.success_share, 2),
                          fixed(100.0 * s.late_share, 2), fixed(s.replica_seconds, 0), std::to_string(s.moves),
                          std::to_string(s.reversals), fixed(s.recovery, 0), fixed(s.cost, 0)});
  }
  return table;
}

ReportData simulation_report(const Scenario& scenario, const std::vector<Run>& runs) {
  ReportData report;
  const Service& service = scenario.service;
  report.title = "Spillway simulation: " + scenario.name;
  report.subtitle = "A simulated service of " + short_number(service.capacity) +
                    " requests/s per replica and a start-up lag of " + short_number(scenario.plant.startup) +
                    " s, the same requests for every law (seed " + std::to_string(scenario.plant.seed) + ").";
  report.tables.push_back(summary_table(runs));
  report.tables.back().note =
      "Latency is waiting plus service. Late: waited longer than " + short_number(1000.0 * scenario.plant.late_after) +
      " ms, gave up, or was refused. Recovery: the longest time with more waiting than that allows. Cost: "
      "replica-seconds + " +
      short_number(scenario.penalty()) + " x late requests.";
  Plot load{"Load", "requests/s", {}}, replicas{"Replicas", "", {}}, backlog{"Backlog", "requests waiting", {}},
      latency{"Latency, 95th percentile", "seconds", {}};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const Run& run = runs[i];
    const int color = static_cast<int>(std::min<std::size_t>(i, 6));
    const std::string& law = run.summary.law;
    if (i == 0) {
      load.series.push_back(curve(run, "offered", 7, Stroke::kArea, &Tick::offered));
      replicas.series.push_back(curve(run, "needed at the set point", 7, Stroke::kDashed, &Tick::needed));
    }
    load.series.push_back(curve(run, "served, " + law, color, Stroke::kLine, &Tick::throughput));
    replicas.series.push_back(curve(run, law, color, Stroke::kStep, &Tick::replicas));
    if (runs.size() <= 3) replicas.series.push_back(curve(run, law + ", ready", color, Stroke::kDashed, &Tick::ready));
    backlog.series.push_back(curve(run, law, color, Stroke::kLine, &Tick::backlog));
    latency.series.push_back(curve(run, law, color, Stroke::kLine, &Tick::latency_p95));
  }
  report.plots = {load, replicas, backlog, latency};
  return report;
}

int run_simulate(const SimulateOptions& options, std::ostream& out, std::ostream& err) {
  const auto scenario = scenario_of(options);
  if (!scenario) {
    err << "spillway simulate: " << scenario.error().message << "\n";
    return 2;
  }
  Policy policy = options.policy.value_or(policy_for(*scenario));
  if (!options.policy) policy.scale_down.cooldown = Seconds(options.scale_down_cooldown);
  std::vector<Run> runs;
  for (const std::string& name : options.laws) {
    auto law = make_law(name, *scenario, policy);
    if (!law) {
      err << "spillway simulate: " << law.error().message << "\n";
      return 2;
    }
    runs.push_back(run(*scenario, **law));
  }
  if (options.json)
    out << summary_json(*scenario, runs) << "\n";
  else
    out << render_text(summary_table(runs));
  if (options.out_dir.empty()) return 0;
  if (!write_files(options, *scenario, runs, err)) return 2;
  if (!options.json) out << "Written to " << options.out_dir << ": trajectory.csv, summary.json, report.html\n";
  return 0;
}

}  // namespace spillway::bench
