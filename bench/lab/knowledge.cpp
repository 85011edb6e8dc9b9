#include "bench/lab/knowledge.hpp"

#include <algorithm>
#include <array>
#include <ostream>

#include "bench/lab/contenders.hpp"
#include "bench/lab/means.hpp"
#include "bench/lab/parallel.hpp"
#include "bench/lab/spillway_law.hpp"

namespace spillway::bench {
namespace {

struct Knowledge {
  const char* name;
  Sensors sensors;
  bool capacity_given;
  bool startup_given;
};

constexpr Sensors kNone{.throughput = false, .backlog = false, .latency = false, .utilization = false};
constexpr std::array<Knowledge, 10> kRows{{
    {"arrival rate", kNone, true, true},
    {"arrival rate, throughput", {.throughput = true, .backlog = false, .latency = false, .utilization = false}, true, true},
    {"arrival rate, backlog", {.throughput = false, .backlog = true, .latency = false, .utilization = false}, true, true},
    {"arrival rate, latency", {.throughput = false, .backlog = false, .latency = true, .utilization = false}, true, true},
    {"arrival rate, utilisation", {.throughput = false, .backlog = false, .latency = false, .utilization = true}, true, true},
    {"all five", {}, true, true},
    {"all five, start-up lag learned", {}, true, false},
    {"all five, capacity and lag learned", {}, false, false},
    {"arrival rate, latency, capacity and lag learned", {.throughput = false, .backlog = false, .latency = true, .utilization = false}, false, false},
    {"arrival rate, capacity and lag learned", kNone, false, false},
}};

Summary play(const SuiteOptions& options, const NamedTrace& trace, double lag, const Knowledge& knows) {
  Scenario scenario = suite_scenario(options, trace, lag);
  scenario.sensors = knows.sensors;
  Policy policy = policy_for(scenario);
  if (!knows.capacity_given) policy.capacity.reset(), policy.concurrency.reset();
  if (!knows.startup_given) policy.startup.reset();
  // Without a given capacity the default price of lateness would follow the learned one: all are judged by the same price.
  policy.late_penalty = scenario.penalty();
  SpillwayLaw law(policy);
  return run(scenario, law).summary;
}

ReportTable table_of(double lag, std::size_t traces, const std::vector<Summary>& played) {
  ReportTable table;
  table.title = "What Spillway is told, start-up lag D = " + short_number(lag) + " s";
  table.header = {"queries and given numbers", "cost / first row", "worst trace", "late % mean", "replica-h / ideal", "reversals"};
  table.note = "Means over the traces; cost and replica-hours are geometric means. Capacity, concurrency and start-up lag are given unless the row says otherwise.";
  for (std::size_t row = 0; row < kRows.size(); ++row) {
    std::vector<double> cost, late, hours;
    long reversals = 0;
    for (std::size_t i = 0; i < traces; ++i) {
      const Summary& s = played[row * traces + i];
      cost.push_back(s.cost / played[i].cost);
      late.push_back(s.late_share);
      hours.push_back(s.replica_seconds / s.ideal_replica_seconds);
      reversals += s.reversals;
    }
    table.rows.push_back({kRows[row].name, fixed(geometric_mean(cost), 3), fixed(*std::ranges::max_element(cost), 3), fixed(100.0 * mean(late), 2),
                          fixed(geometric_mean(hours), 2), std::to_string(reversals)});
  }
  return table;
}

}  // namespace

Result<std::vector<ReportTable>> knowledge_tables(const SuiteOptions& options, std::ostream& progress) {
  const auto traces = suite_traces(options);
  if (!traces) return traces.error();
  std::vector<ReportTable> tables;
  for (const double lag : options.lags) {
    std::vector<Summary> played(kRows.size() * traces->size());
    for_each_index(played.size(), options.threads,
                   [&](std::size_t i) { played[i] = play(options, (*traces)[i % traces->size()], lag, kRows[i / traces->size()]); });
    progress << "  D = " << short_number(lag) << " s: " << played.size() << " runs\n" << std::flush;
    tables.push_back(table_of(lag, traces->size(), played));
  }
  return tables;
}

}  // namespace spillway::bench
