// spillway-bench: the closed-loop comparison and the ten profiles, as tables, CSV and one HTML page.
#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "bench/lab/contenders.hpp"
#include "bench/lab/knowledge.hpp"
#include "bench/lab/profiles.hpp"
#include "bench/lab/step_response.hpp"
#include "bench/lab/suite.hpp"

namespace {
using namespace spillway::bench;

// Cost over the bound, law by law, trace by trace: one chart per lag.
Plot cost_plot(const SuiteResult& result, double lag) {
  Plot plot;
  plot.height = 260.0;
  plot.title = "Cost over the clairvoyant bound, D = " + short_number(lag) + " s";
  plot.x_label = "trace number, in the order of the table";
  for (std::size_t i = 0; i < result.laws.size(); ++i) {
    if (result.laws[i] == "broken" || result.laws[i] == "static-max") continue;
    Series series;
    series.stroke = Stroke::kDots;
    series.color = static_cast<int>(std::min<std::size_t>(plot.series.size(), 7));
    for (const Cell& cell : result.cells) {
      if (cell.lag != lag) continue;
      series.name = cell.laws[i].law;
      series.time.push_back(static_cast<double>(series.time.size() + 1));
      series.value.push_back(cell.laws[i].cost / cell.bound.cost);
    }
    plot.series.push_back(std::move(series));
  }
  return plot;
}

int write(const std::filesystem::path& dir, const SuiteResult& result, const ReportData& report) {
  std::error_code failed;
  std::filesystem::create_directories(dir, failed);
  std::ofstream csv(dir / "closed-loop.csv");
  csv << render_csv(full_table(result));
  csv.flush();
  const auto written = write_report((dir / "report.html").string(), report);
  if (!csv || !written) {
    std::cerr << "spillway-bench: " << dir.string() << ": cannot be written\n";
    return 2;
  }
  std::cout << "Written to " << dir.string() << ": closed-loop.csv, report.html\n";
  return 0;
}

int fail(const spillway::Error& error) {
  std::cerr << "spillway-bench: " << error.message << "\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Plays every law on every trace and prints what it cost, over what a clairvoyant would have paid.",
               "spillway-bench"};
  SuiteOptions options;
  std::string out = "out/bench";
  int seeds = 10;
  app.add_option("--traces", options.traces_dir, "folder of trace CSVs; without it generated shapes are played")
      ->type_name("DIR");
  app.add_option("--lags", options.lags, "start-up lags, seconds")->capture_default_str();
  app.add_option("--laws", options.laws, "laws to play, the first one is compared with the rest (default: all)");
  app.add_option("--peak-replicas", options.peak_replicas, "replicas needed at the peak")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  app.add_option("--longest", options.longest, "cut traces to this many seconds about their peak")
      ->capture_default_str();
  app.add_flag("--steps", options.steps, "demand jumps at the edges of the bins instead of running straight between their middles");
  app.add_option("--queueing", options.queueing, "one shared queue, or one per pod and how the next pod is chosen")
      ->transform(CLI::CheckedTransformer(queueing_names()))
      ->type_name("MODEL");
  app.add_option("--threads", options.threads)->capture_default_str();
  app.add_option("--seed", options.seed)->capture_default_str();
  app.add_option("--profile-seeds", seeds, "seeds of the ten profiles; 0 = skip them")->capture_default_str();
  bool knowledge = false;
  app.add_flag("--knowledge", knowledge, "instead: what each query and each given number is worth to Spillway");
  app.add_option("--out", out, "folder for CSV and report")->capture_default_str();
  CLI11_PARSE(app, argc, argv);

  if (knowledge) {
    const auto tables = knowledge_tables(options, std::cout);
    if (!tables) return fail(tables.error());
    for (const auto& table : *tables) std::cout << "\n" << render_text(table);
    return 0;
  }
  ReportData report;
  report.title = "Spillway closed-loop benchmark";
  report.subtitle = "Every law on every trace, one set of parameters, the same requests for all (seed " +
                    std::to_string(options.seed) + "). Demand is scaled to " + short_number(options.peak_replicas) +
                    " replicas at its peak and a set point of " + short_number(100.0 * options.target) + " %.";
  const auto result = run_suite(options, std::cout);
  if (!result) return fail(result.error());
  for (const double lag : options.lags) {
    report.tables.push_back(law_table(*result, lag));
    report.tables.push_back(trace_table(*result, lag));
    report.plots.push_back(cost_plot(*result, lag));
  }
  auto steps = step_tables(options);
  if (!steps) return fail(steps.error());
  for (auto& table : *steps) report.tables.push_back(std::move(table));
  if (seeds > 0)
    for (auto& table : profile_tables(seeds)) report.tables.push_back(std::move(table));
  for (const auto& table : report.tables) std::cout << "\n" << render_text(table);
  std::cout << "\n";
  return write(out, *result, report);
}
