// bench_speed: what a plan and a step cost, beside what one could use instead, in one run (thread CPU time).
//   bench_speed [--out out/bench] [--rival out/bench/cvxpy.csv]      the latter comes from bench/cvxpy/reference_qp
#include <malloc.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <sstream>

#include "bench/lab/closed_loop.hpp"
#include "bench/lab/contenders.hpp"
#include "bench/lab/report.hpp"
#include "bench/lab/shapes.hpp"
#include "bench/micro/instructions.hpp"
#include "bench/micro/reference_programs.hpp"
#include "bench/micro/service.hpp"
#include "bench/micro/thread_time.hpp"
#include "bench/micro/whole_glpk.hpp"
#include "model/loop/memory.hpp"

namespace spillway::bench {
namespace {

std::string number(double value, int digits = 0) {
  std::ostringstream text;
  text << std::fixed;
  text.precision(digits);
  text << value;
  return text.str();
}

struct Timing {
  std::vector<double> cpu_us;
  std::vector<double> instructions;

  template <class Work>
  auto measure(Work&& work) {
    const auto before = count_instructions();
    const double start = thread_microseconds();
    auto result = work();
    cpu_us.push_back(thread_microseconds() - start);
    const auto after = count_instructions();
    if (before && after) instructions.push_back(static_cast<double>(*after - *before));
    return result;
  }
  std::vector<std::string> row(const std::string& name) {
    const std::string counted = instructions.empty() ? "-" : number(quantile(instructions, 0.5) / 1000.0);
    return {name,
            std::to_string(cpu_us.size()),
            number(quantile(cpu_us, 0.5)),
            number(quantile(cpu_us, 0.95)),
            number(quantile(cpu_us, 0.99)),
            number(quantile(cpu_us, 1.0)),
            counted};
  }
};

Timing time_solve(std::size_t stages, std::size_t scenarios, double startup, bool warm, int count) {
  plan::testing::Service service(stages, scenarios, startup);
  plan::Basis basis = plan::solve(service.next(), nullptr).basis;
  Timing timing;
  for (int i = 0; i < count; ++i) {
    const plan::PlanRequest& request = service.next();
    plan::Plan plan = timing.measure([&] { return plan::solve(request, warm ? &basis : nullptr); });
    service.follow(plan);
    basis = std::move(plan.basis);
  }
  return timing;
}

struct Reference {
  Timing exact, glpk;
  int agreed = 0, unfinished = 0, without_certificate = 0;
  double gap = 0.0;  ///< between the relaxation and the optimum in whole replicas, mean
};

/// Warm relaxation and labels against glp_intopt, which gets the program loaded. The rival plays every `spacing`-th one.
Reference time_reference(std::size_t stages, int count, int spacing) {
  plan::testing::ReferencePrograms programs(stages);
  plan::Basis basis;
  Reference result;
  for (int i = 0; i < count; ++i) {
    const plan::Model model = programs.next();
    const plan::Program program = plan::build_program(model);
    plan::testing::ReferenceSolution solution;
    result.exact.measure([&] { return solution = plan::testing::solve_reference(model, program, basis), 0; });
    const auto& exact = solution.exact;
    programs.follow(exact ? exact->wanted[0] : std::ceil(solution.relaxed_first));
    if (!exact) {
      ++result.without_certificate;
      continue;
    }
    result.gap += (exact->cost - solution.relaxed_cost) / exact->cost / count;
    if (i % spacing != 0) continue;
    plan::testing::WholeGlpk glpk(program.linear, program.layout.wanted);
    const auto best = result.glpk.measure([&] { return glpk.solve(5000); });
    if (!best) ++result.unfinished;
    else if (std::abs(*best - exact->cost) <= 1e-4 * exact->cost) ++result.agreed;
  }
  return result;
}

/// step() in the loop of the laboratory's plant; each step is also done without the basis before.
class TimedLaw : public Law {
 public:
  TimedLaw(Policy policy, std::span<const HistoryPoint> history)
      : policy_(policy), memory_(loop::Memory::fresh(policy, history, Seconds(0.0))) {}
  std::string name() const override { return "Spillway"; }
  double period() const override { return policy_.control_period.value(); }
  Replicas decide(const Sight& sight) override {
    loop::Memory without_basis = memory_;
    without_basis.contents().basis = {};
    cold.measure([&] { return loop::step(sight.seen, std::move(without_basis), policy_, Seconds(sight.now)); });
    auto result = warm.measure([&] { return loop::step(sight.seen, std::move(memory_), policy_, Seconds(sight.now)); });
    memory_ = std::move(result.memory);
    stages = result.trace.grid.size();
    scenarios = result.trace.forecast.scenarios.size();
    return result.decision.replicas;
  }

  /// Heap bytes of a copy of the memory, mean of many.
  double memory_bytes() const {
    constexpr int kCopies = 64;
    std::vector<loop::Memory> copies;
    copies.reserve(kCopies);
    const auto before = mallinfo2();
    for (int i = 0; i < kCopies; ++i) copies.push_back(memory_);
    const auto after = mallinfo2();
    return static_cast<double>(after.uordblks + after.hblkhd - before.uordblks - before.hblkhd) / kCopies + sizeof(loop::Memory);
  }

  Timing warm, cold;
  std::size_t stages = 0, scenarios = 0;

 private:
  Policy policy_;
  loop::Memory memory_;
};

/// Two weeks of demand before the start, as a range query gives them.
std::vector<HistoryPoint> two_weeks() {
  std::vector<HistoryPoint> points;
  for (double t = -14 * 86400.0; t < 0.0; t += 120.0) points.push_back({Seconds(t), 300.0 + 200.0 * std::sin(t / 86400.0 * 6.2832)});
  return points;
}

TimedLaw time_step(double startup, double horizon) {
  ShapeRequest request;
  request.shape = "day";
  request.base = 50.0;
  request.peak = 700.0;
  Scenario scenario;
  scenario.trace = *generate(request);
  scenario.service.startup = scenario.plant.startup = startup;
  const std::vector<HistoryPoint> history = two_weeks();
  Policy policy = policy_for(scenario);
  policy.horizon = Seconds(horizon);
  TimedLaw law(policy, history);
  run(scenario, law);
  return law;
}

Plot cost_plot(std::vector<std::vector<std::string>>& rows) {
  Plot plot{.title = "One warm solve, median", .unit = "us of thread CPU time", .x_label = "stages", .height = 260.0};
  for (std::size_t scenarios : {1u, 3u, 5u, 9u}) {
    Series series{.name = std::to_string(scenarios) + " scenarios", .color = static_cast<int>(plot.series.size())};
    for (std::size_t stages : {5u, 10u, 15u, 20u, 30u, 40u}) {
      Timing timing = time_solve(stages, scenarios, 60.0, true, 200);
      series.time.push_back(static_cast<double>(stages));
      series.value.push_back(quantile(timing.cpu_us, 0.5));
      rows.push_back({std::to_string(stages), std::to_string(scenarios), number(series.value.back()), number(quantile(timing.cpu_us, 0.99))});
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

/// "horizon,each_tick_ms,compiled_ms" lines of bench/cvxpy/reference_qp, beside our plan of as many stages.
std::optional<ReportTable> compare_with_cvxpy(const std::string& path) {
  std::ifstream in(path);
  if (path.empty()) return std::nullopt;
  ReportTable table{.title = "Against CVXPY with OSQP (the reference laboratory's program, medians)",
                    .header = {"horizon", "CVXPY built each tick, ms", "compiled once, ms", "our solve(), ms", "ratios", ""}};
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    std::istringstream cells(line);
    std::size_t horizon = 0;
    double each_tick_ms = 0.0, compiled_ms = 0.0;
    char comma = 0;
    if (!(cells >> horizon >> comma >> each_tick_ms >> comma >> compiled_ms)) continue;
    const double ours = quantile(time_solve(horizon, 1, 0.0, true, 200).cpu_us, 0.5) / 1000.0;
    table.rows.push_back({std::to_string(horizon), number(each_tick_ms, 1), number(compiled_ms, 1), number(ours, 3),
                          number(each_tick_ms / ours), number(compiled_ms / ours)});
  }
  if (table.rows.empty()) return std::nullopt;
  return table;
}

int run_all(const std::string& out, const std::string& rival) {
  ReportData report;
  report.title = "Spillway: what a decision costs";
  report.subtitle = "Thread CPU time on this machine; one thread.";
  ReportTable speed{.title = "Speed", .header = {"what", "runs", "p50 us", "p95 us", "p99 us", "max us", "1000 instructions"}};

  Reference reference = time_reference(20, 2000, 20);
  const double ratio = quantile(reference.glpk.cpu_us, 0.5) / quantile(reference.exact.cpu_us, 0.5);
  speed.rows.push_back(reference.exact.row("reference program, 20 stages: exact with certificate, warm"));
  speed.rows.push_back(reference.glpk.row("glp_intopt with presolve and all cuts, gap 0"));
  speed.rows.push_back(time_solve(20, 1, 0.0, true, 2000).row("one scenario, no lag, 20 stages: solve(), exact, warm"));
  speed.rows.push_back(time_solve(20, 5, 60.0, true, 2000).row("full program, 20 stages, 5 scenarios, lag: solve(), warm"));
  speed.rows.push_back(time_solve(20, 5, 60.0, false, 500).row("the same, cold"));
  TimedLaw usual = time_step(45.0, 180.0), large = time_step(195.0, 600.0);
  for (TimedLaw* law : {&usual, &large}) {
    const std::string size = std::to_string(law->stages) + " stages, " + std::to_string(law->scenarios) + " scenarios";
    speed.rows.push_back(law->warm.row("step(), " + size + ", warm"));
    speed.rows.push_back(law->cold.row("step(), " + size + ", cold"));
  }
  speed.note = "glp_intopt over the exact path at the median: " + number(ratio, 1) + " x; " + std::to_string(reference.agreed) + " of " +
               std::to_string(reference.glpk.cpu_us.size()) + " optima agree, " + std::to_string(reference.unfinished) +
               " unfinished after 5 s; integrality gap " + number(100.0 * reference.gap, 2) + " % in the mean; " +
               std::to_string(reference.without_certificate) + " without a certificate. Memory of one policy with two weeks of history: " +
               number(large.memory_bytes() / 1024.0, 1) + " KB. ";
  if (!count_instructions()) speed.note += "Instructions: this machine has no counter (perf_event_open); bench/micro/instructions counts them with valgrind.";
  report.tables.push_back(speed);

  ReportTable sizes{.title = "Warm solves by size, lag 60 s", .header = {"stages", "scenarios", "p50 us", "p99 us"}};
  report.plots.push_back(cost_plot(sizes.rows));
  report.tables.push_back(sizes);
  if (auto table = compare_with_cvxpy(rival)) report.tables.push_back(*table);
  else if (!rival.empty()) report.notes.push_back("No figures for CVXPY: " + rival + " is missing or empty.");

  for (const ReportTable& table : report.tables) std::cout << render_text(table) << "\n";
  for (const std::string& note : report.notes) std::cout << note << "\n";
  std::error_code failed;
  std::filesystem::create_directories(out, failed);
  std::ofstream(out + "/speed.csv") << render_csv(report.tables[0]);
  std::ofstream(out + "/speed-by-size.csv") << render_csv(report.tables[1]);
  if (!write_report(out + "/speed.html", report)) {
    std::cerr << "bench_speed: " << out << ": cannot be written\n";
    return 2;
  }
  std::cout << "Written to " << out << ": speed.csv, speed-by-size.csv, speed.html\n";
  return 0;
}

}  // namespace
}  // namespace spillway::bench

int main(int argc, char** argv) {
  CLI::App app{"Times plans and steps, and what one could use instead", "bench_speed"};
  std::string out = "out/bench", rival;
  app.add_option("--out", out, "folder for CSV and report")->capture_default_str();
  app.add_option("--rival", rival, "CSV of bench/cvxpy/reference_qp");
  CLI11_PARSE(app, argc, argv);
  return spillway::bench::run_all(out, rival);
}
