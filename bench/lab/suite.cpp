#include "bench/lab/suite.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <functional>
#include <limits>
#include <mutex>
#include <ostream>

#include "bench/lab/contenders.hpp"
#include "bench/lab/means.hpp"
#include "bench/lab/parallel.hpp"
#include "bench/lab/shapes.hpp"
#include "bench/lab/trace_io.hpp"
#include "bench/laws/hpa.hpp"

namespace spillway::bench {
namespace {

constexpr double kHindsightTargets[] = {0.5, 0.6, 0.7, 0.8, 0.9};

// A trace longer than `longest` is cut so that its peak lies at three quarters of the window.
Trace cut_about_peak(const Trace& trace, double longest) {
  const double length = trace.end() - trace.begin();
  if (length <= longest) return window(trace, trace.begin(), trace.end());
  const auto peak = std::max_element(trace.rate.begin(), trace.rate.end()) - trace.rate.begin();
  const double from =
      std::clamp(trace.time[static_cast<std::size_t>(peak)] - 0.75 * longest, trace.begin(), trace.end() - longest);
  const auto first = std::lower_bound(trace.time.begin(), trace.time.end(), from);  // on a bin's edge
  return window(trace, *first, *first + longest);
}

Trace scaled_to_peak(const SuiteOptions& options, const Trace& trace) {
  const double highest = *std::max_element(trace.rate.begin(), trace.rate.end());
  const PlantConfig plant;
  return highest > 0.0 ? scaled(trace, options.peak_replicas * plant.capacity() * options.target / highest) : trace;
}

Result<std::vector<NamedTrace>> generated_traces(const SuiteOptions& options) {
  std::vector<NamedTrace> traces;
  for (const ShapeName& shape : shape_names()) {
    ShapeRequest request;
    request.shape = shape.name;
    request.base = 5.0;
    request.peak = 50.0;
    request.seed = options.seed;
    auto trace = generate(request);
    if (!trace) return trace.error();
    traces.push_back({shape.name, scaled_to_peak(options, *trace)});
  }
  return traces;
}

Result<Cell> run_cell(const SuiteOptions& options, const std::vector<std::string>& laws, const NamedTrace& trace,
                      double lag) {
  Cell cell{trace.name, lag, {}, {}, {}};
  const Scenario scenario = suite_scenario(options, trace, lag);
  auto bound = clairvoyant_bound(scenario);
  if (!bound) return bound.error();
  cell.bound = *bound;
  for (const std::string& name : laws) {
    auto law = make_law(name, scenario, policy_for(scenario));
    if (!law) return law.error();
    cell.laws.push_back(run(scenario, **law).summary);
  }
  for (const double target : kHindsightTargets) {
    Hpa hpa(scenario.service, HpaMetric::kUtilization, target);
    Summary summary = run(scenario, hpa).summary;
    if (!cell.hpa_in_hindsight || summary.cost < cell.hpa_in_hindsight->cost)
      cell.hpa_in_hindsight = std::move(summary);
  }
  return cell;
}

struct Column {
  std::vector<double> late, hours, cost;
  long moves = 0, reversals = 0;
  void add(const Summary& s, const Bound& bound) {
    late.push_back(s.late_share);
    hours.push_back(s.replica_seconds / s.ideal_replica_seconds);
    cost.push_back(s.cost / bound.cost);
    moves += s.moves;
    reversals += s.reversals;
  }
};

std::vector<const Cell*> at_lag(const SuiteResult& result, double lag) {
  std::vector<const Cell*> cells;
  for (const Cell& cell : result.cells)
    if (cell.lag == lag) cells.push_back(&cell);
  return cells;
}

// Static and broken laws are not what a user could pick instead.
bool is_rival(const std::string& name) {
  return name != "spillway" && name != "static-max" && name != "broken";
}

}  // namespace

Result<std::vector<NamedTrace>> suite_traces(const SuiteOptions& options) {
  if (options.traces_dir.empty()) return generated_traces(options);
  std::vector<std::filesystem::path> files;
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(options.traces_dir, failed))
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  if (failed || files.empty()) return Error{ErrorKind::kNotFound, options.traces_dir + ": holds no trace (*.csv)"};
  std::sort(files.begin(), files.end());
  std::vector<NamedTrace> traces;
  for (const auto& file : files) {
    auto trace = load_trace(file.string());
    if (!trace) return trace.error();
    const Trace cut = cut_about_peak(*trace, options.longest);
    traces.push_back({file.stem().string(), scaled_to_peak(options, options.steps ? cut : interpolated(cut))});
  }
  return traces;
}

Scenario suite_scenario(const SuiteOptions& options, const NamedTrace& trace, double lag) {
  Scenario scenario;
  scenario.name = trace.name;
  scenario.trace = trace.trace;
  scenario.plant.startup = lag;
  scenario.plant.queueing = options.queueing;
  scenario.plant.seed = options.seed;
  scenario.service = {scenario.plant.capacity(),
                      1.0,
                      options.target,
                      1,
                      static_cast<Replicas>(std::ceil(1.5 * options.peak_replicas)),
                      15.0,
                      lag};
  scenario.plant.initial = scenario.needed(trace.trace.rate.front());
  scenario.record_interval = 60.0;
  return scenario;
}

Result<SuiteResult> run_suite(const SuiteOptions& options, std::ostream& progress) {
  const auto traces = suite_traces(options);
  if (!traces) return traces.error();
  SuiteResult result;
  result.laws = options.laws;
  if (result.laws.empty())
    for (const Contender& contender : contenders()) result.laws.push_back(contender.name);
  struct Job {
    const NamedTrace* trace;
    double lag;
  };
  std::vector<Job> jobs;
  for (const double lag : options.lags)
    for (const NamedTrace& trace : *traces) jobs.push_back({&trace, lag});
  result.cells.resize(jobs.size());

  std::mutex mutex;  // guards progress and failure
  std::optional<Error> failure;
  for_each_index(jobs.size(), options.threads, [&](std::size_t i) {
    {
      const std::lock_guard lock(mutex);
      if (failure) return;
    }
    auto cell = run_cell(options, result.laws, *jobs[i].trace, jobs[i].lag);
    const std::lock_guard lock(mutex);
    if (!cell) {
      failure = cell.error();
      return;
    }
    progress << "  " << jobs[i].trace->name << ", D = " << jobs[i].lag << " s: " << fixed(cell->laws.front().cost / cell->bound.cost, 3)
             << " x the bound (" << cell->laws.front().law << ")\n"
             << std::flush;
    result.cells[i] = std::move(*cell);
  });
  if (failure) return *failure;
  return result;
}

ReportTable law_table(const SuiteResult& result, double lag) {
  ReportTable table;
  table.title = "Start-up lag D = " + short_number(lag) + " s";
  table.header = {"law", "late % mean", "replica-h / ideal", "cost / bound", "median", "worst", "moves", "reversals"};
  table.best_column = 3;
  table.note =
      "Means over the traces; replica-hours and cost are geometric means. Ideal: ceil(rate / (mu x target)) of the "
      "trace. "
      "Bound: clairvoyant optimum with the same lag.";
  const auto cells = at_lag(result, lag);
  const auto row = [&](const std::string& name, const Column& column) {
    table.rows.push_back({name, fixed(100.0 * mean(column.late), 2), fixed(geometric_mean(column.hours), 2),
                          fixed(geometric_mean(column.cost), 2), fixed(median(column.cost), 2),
                          fixed(*std::max_element(column.cost.begin(), column.cost.end()), 2),
                          std::to_string(column.moves), std::to_string(column.reversals)});
  };
  for (std::size_t i = 0; i < result.laws.size(); ++i) {
    Column column;
    for (const Cell* cell : cells) column.add(cell->laws[i], cell->bound);
    row(cells.front()->laws[i].law, column);
  }
  Column hindsight;
  for (const Cell* cell : cells) hindsight.add(*cell->hpa_in_hindsight, cell->bound);
  row("HPA, best target in hindsight", hindsight);
  return table;
}

ReportTable trace_table(const SuiteResult& result, double lag) {
  ReportTable table;
  table.title = "Cost over the clairvoyant bound by trace, D = " + short_number(lag) + " s";
  table.header = {"trace"};
  const auto cells = at_lag(result, lag);
  for (const Summary& summary : cells.front()->laws) table.header.push_back(summary.law);
  table.header.insert(table.header.end(), {"HPA hindsight", "first / best rival"});
  for (const Cell* cell : cells) {
    std::vector<std::string> row = {cell->trace};
    double best = cell->hpa_in_hindsight->cost;
    for (std::size_t i = 0; i < result.laws.size(); ++i) {
      row.push_back(fixed(cell->laws[i].cost / cell->bound.cost, 2));
      if (is_rival(result.laws[i])) best = std::min(best, cell->laws[i].cost);
    }
    row.push_back(fixed(cell->hpa_in_hindsight->cost / cell->bound.cost, 2));
    row.push_back(fixed(cell->laws.front().cost / best, 3));
    table.rows.push_back(std::move(row));
  }
  return table;
}

ReportTable full_table(const SuiteResult& result) {
  ReportTable table;
  table.header = {"trace",         "lag_s",           "law",
                  "cost",          "bound",           "cost_over_bound",
                  "late_share",    "replica_seconds", "ideal_replica_seconds",
                  "wait_p50_s",    "wait_p95_s",      "wait_p99_s",
                  "wait_max_s",    "offered",         "late",
                  "abandoned",     "moves",           "reversals",
                  "breach_s",      "recovery_s",      "under_accuracy",
                  "over_accuracy", "under_timeshare", "over_timeshare",
                  "instability"};
  const auto row = [&](const Cell& cell, const std::string& law, const Summary& s) {
    table.rows.push_back({cell.trace,
                          fixed(cell.lag, 0),
                          law,
                          fixed(s.cost, 1),
                          fixed(cell.bound.cost, 1),
                          fixed(s.cost / cell.bound.cost, 4),
                          fixed(s.late_share, 6),
                          fixed(s.replica_seconds, 1),
                          fixed(s.ideal_replica_seconds, 1),
                          fixed(s.wait_p50, 4),
                          fixed(s.wait_p95, 4),
                          fixed(s.wait_p99, 4),
                          fixed(s.wait_max, 3),
                          std::to_string(s.totals.offered),
                          std::to_string(s.totals.late),
                          std::to_string(s.totals.abandoned),
                          std::to_string(s.moves),
                          std::to_string(s.reversals),
                          fixed(s.breach_seconds, 0),
                          fixed(s.recovery, 0),
                          fixed(s.elasticity.under_accuracy, 3),
                          fixed(s.elasticity.over_accuracy, 3),
                          fixed(s.elasticity.under_timeshare, 3),
                          fixed(s.elasticity.over_timeshare, 3),
                          fixed(s.elasticity.instability, 3)});
  };
  for (const Cell& cell : result.cells) {
    for (const Summary& summary : cell.laws) row(cell, summary.law, summary);
    row(cell, "HPA in hindsight (" + cell.hpa_in_hindsight->law + ")", *cell.hpa_in_hindsight);
  }
  return table;
}

}  // namespace spillway::bench
