// forecast_bench: how good is the forecaster on real demand, and are its warnings worth heeding? Tables, CSV and one HTML page with plots.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>

#include "bench/forecast/rolling.hpp"
#include "bench/forecast/warnings.hpp"
#include "bench/lab/report.hpp"
#include "bench/lab/suite.hpp"
#include "bench/lab/trace_io.hpp"

namespace {
using namespace spillway;
using namespace spillway::bench;

constexpr std::size_t kShortest = 500;  // bins; shorter series are scored but not summed up

struct Rolled {
  const DemandSeries* series;
  RollingSetting setting;
  RollingResult result;
};

Result<std::vector<DemandSeries>> read_series(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    if (entry.path().extension() == ".csv") files.push_back(entry.path());
  std::ranges::sort(files);
  std::vector<DemandSeries> all;
  for (const auto& file : files) {
    auto trace = load_trace(file.string());
    if (!trace) return trace.error();
    if (trace->size() > 1) all.push_back({file.stem().string(), trace->time[1] - trace->time[0], std::move(trace->rate)});
  }
  return all;
}

RollingSetting own_setting(const DemandSeries& series, std::size_t horizon) {
  return {"own", horizon, std::lround(86400.0 / series.period), std::min<long>(std::ssize(series.rate) / 2, 200)};
}

/// The setting of the prototype that the goals come from (README.md): six series, each with a season given and cut to a length.
struct PrototypeSeries {
  const char* name;
  long season;
  std::size_t bins;
};
constexpr PrototypeSeries kPrototype[] = {{"nab_elb_week1_300s", 288, 2016},        {"wc98_jun30_24h_60s", 60, 1440},
                                          {"nasa_http_jul95_60s", 1440, 20000},     {"azurefn2019_sum1000fn_60s", 60, 1440},
                                          {"autothrottle_bursty_1s", 600, 3600},    {"azure_llm2023_conv_1s", 60, 3500}};

std::vector<DemandSeries> prototype_series(const std::vector<DemandSeries>& all) {
  std::vector<DemandSeries> chosen;
  for (const PrototypeSeries& wanted : kPrototype) {
    const auto found = std::ranges::find(all, wanted.name, &DemandSeries::name);
    if (found == all.end()) continue;
    chosen.push_back(*found);
    chosen.back().rate.resize(std::min(wanted.bins, found->rate.size()));
  }
  return chosen;
}

RollingSetting prototype_setting(const DemandSeries& series) {
  const auto* wanted = std::ranges::find(kPrototype, series.name, &PrototypeSeries::name);
  const long n = std::ssize(series.rate);
  return {"prototype", 10, wanted->season, std::min(std::max(2 * wanted->season + 20, 200L), n / 2)};
}

std::string fixed_or_dash(const std::optional<double>& value, int digits) { return value ? fixed(*value, digits) : "-"; }

ReportTable lead_table(const std::vector<Rolled>& all, const std::string& title, bool every_lead) {
  ReportTable table;
  table.title = title;
  table.header = {"series",      "setting",        "lead",     "n",      "mase",   "mase_hold", "mase_seasonal", "mae_over_hold", "pinball_over_hold",
                  "pinball_over_seasonal", "pinball97", "pinball97_hold", "pinball97_seasonal", "cover95", "worst288"};
  for (const Rolled& rolled : all) {
    const std::size_t horizon = rolled.setting.horizon;
    for (std::size_t h = 1; h <= horizon; ++h) {
      const LeadResult& s = rolled.result.lead[h - 1];
      if (s.n == 0 || (!every_lead && h != 1 && h != 3 && h != horizon)) continue;
      const double scale = rolled.result.scale;
      table.rows.push_back({rolled.series->name, rolled.setting.name, std::to_string(h), std::to_string(s.n), fixed(s.error / scale, 3),
                            fixed(s.hold / scale, 3), fixed(s.seasonal / scale, 3), fixed(s.error / s.hold, 3), fixed(s.pinball / s.pinball_hold, 3),
                            fixed(s.pinball / s.pinball_seasonal, 3), fixed(s.pinball97, 4), fixed(s.pinball97_hold, 4), fixed(s.pinball97_seasonal, 4),
                            fixed(s.coverage, 3), fixed_or_dash(s.worst_window, 3)});
    }
  }
  table.note = "mase: mean absolute error over the mean change from bin to bin. pinball: mean over the nine levels; hold and seasonal naive say one "
               "number for all levels. cover95, worst288: share below the 95 % bound, overall and in the worst 288 bins in a row.";
  return table;
}

/// One line for all series that are long enough.
ReportTable summary_table(const std::vector<Rolled>& all, const std::string& title) {
  ReportTable table;
  table.title = title;
  table.header = {"lead", "series", "mae_over_hold", "worst", "pinball_over_hold", "cover95", "worst288", "observe_us", "forecast_us"};
  const std::size_t horizon = all.empty() ? 0 : all.front().setting.horizon;
  for (std::size_t h = 1; h <= horizon; ++h) {
    double log_error = 0.0, log_pinball = 0.0, worst = 0.0, worst_window = 1.0, covered = 0.0, n = 0.0, observe = 0.0, forecast = 0.0;
    int count = 0;
    for (const Rolled& rolled : all) {
      const LeadResult& s = rolled.result.lead[h - 1];
      if (rolled.series->rate.size() < kShortest || s.n == 0) continue;
      ++count;
      log_error += std::log(s.error / s.hold);
      log_pinball += std::log(s.pinball / s.pinball_hold);
      worst = std::max(worst, s.error / s.hold);
      worst_window = std::min(worst_window, s.worst_window.value_or(1.0));
      covered += s.coverage * static_cast<double>(s.n);
      n += static_cast<double>(s.n);
      observe += rolled.result.observe_us;
      forecast += rolled.result.forecast_us;
    }
    if (count == 0) continue;
    table.rows.push_back({std::to_string(h), std::to_string(count), fixed(std::exp(log_error / count), 3), fixed(worst, 3), fixed(std::exp(log_pinball / count), 3),
                          fixed(covered / n, 4), fixed(worst_window, 3), fixed(observe / count, 2), fixed(forecast / count, 2)});
  }
  table.note = "Geometric means over the series of at least 500 bins; coverage pooled. Thread CPU time per series and bin.";
  return table;
}

std::vector<Rolled> roll_all(const std::vector<DemandSeries>& series, const auto& setting_of) {
  std::vector<Rolled> all;
  for (const DemandSeries& one : series) {
    if (one.rate.size() < 20) continue;
    const RollingSetting setting = setting_of(one);
    all.push_back({&one, setting, roll(one, setting)});
  }
  return all;
}

Plot error_plot(const std::vector<Rolled>& all) {
  Plot plot;
  plot.title = "Mean absolute error over hold, by lead";
  plot.x_label = "lead, bins";
  plot.height = 260.0;
  for (const Rolled& rolled : all) {
    if (rolled.series->rate.size() < kShortest) continue;
    Series curve;
    curve.name = rolled.series->name;
    curve.color = static_cast<int>(plot.series.size() % 8);
    for (std::size_t h = 1; h <= rolled.setting.horizon; ++h) {
      curve.time.push_back(static_cast<double>(h));
      curve.value.push_back(rolled.result.lead[h - 1].error / rolled.result.lead[h - 1].hold);
    }
    plot.series.push_back(std::move(curve));
  }
  return plot;
}

std::vector<std::string> warning_row(const WarningResult& r, double lag) {
  const auto& b = r.breach;
  const auto by = r.saturation.happened_by();
  std::vector<std::string> row = {r.scenario, fixed(lag, 0), fixed(b.events, 0), fixed(b.statements, 0), fixed(b.brier, 4), fixed(b.brier_climate, 4)};
  for (const auto& alarm : {b.forecast, b.rival})
    row.insert(row.end(), {fixed(alarm.precision, 2), fixed(alarm.recall, 2), fixed(alarm.lead_time, 0)});
  for (const auto& alarm : r.by_threshold) row.push_back(fixed(alarm.precision, 2) + "/" + fixed(alarm.recall, 2));
  row.insert(row.end(), {fixed(by[0], 2), fixed(by[1], 2), fixed(by[2], 2), fixed(r.saturation.error(), 1), fixed(r.saturation.error_of_never(), 1)});
  return row;
}

Result<ReportTable> warning_table(const SuiteOptions& options) {
  const auto traces = suite_traces(options);
  if (!traces) return traces.error();
  ReportTable table;
  table.title = "Warnings in the closed loop: P(backlog over its limit within 60 s) against utilisation > 0.90, and time to saturation";
  table.header = {"trace", "lag_s", "breaches", "statements", "brier", "brier_climate", "precision", "recall", "lead_s", "util_precision", "util_recall", "util_lead_s",
                  "p/r_at_0.05", "p/r_at_0.25", "p/r_at_0.5", "sat_by_p10", "sat_by_p50", "sat_by_p90", "sat_error_s", "sat_never_s"};
  for (const double lag : options.lags)
    for (const NamedTrace& trace : *traces) table.rows.push_back(warning_row(score_warnings(suite_scenario(options, trace, lag)), lag));
  table.note = "Judged by the plant; statements made while the backlog is over its limit are not scored. brier_climate: always saying the share of "
               "statements that were followed by a breach. precision, recall, lead_s: alarm from a probability of 0.1. sat_by_pXX: of the statements that named a time "
               "for XX %, the share after which demand had passed capacity by then. sat_error_s: of the median, cut at the horizon; sat_never_s: of never expecting it.";
  return table;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Rolls the forecaster over recorded demand and scores it by lead; plays the closed loop and scores its warnings.", "forecast_bench"};
  SuiteOptions options;
  options.longest = 14400.0;
  options.lags = {};
  std::size_t horizon = 10;
  std::string out;
  app.add_option("--traces", options.traces_dir, "folder of trace CSVs")->required()->check(CLI::ExistingDirectory);
  app.add_option("--horizon", horizon, "leads to score, bins")->capture_default_str()->check(CLI::Range(1, 48));
  app.add_option("--warnings", options.lags, "start-up lags (seconds) at which warnings are scored in the closed loop; none: not played");
  app.add_option("--longest", options.longest, "closed loop: cut traces to this many seconds about their peak")->capture_default_str();
  app.add_option("--out", out, "folder for forecast.csv, warnings.csv and forecast.html");
  CLI11_PARSE(app, argc, argv);

  const auto series = read_series(options.traces_dir);
  if (!series) {
    std::cerr << "forecast_bench: " << series.error().message << "\n";
    return 2;
  }
  const auto own = roll_all(*series, [&](const DemandSeries& one) { return own_setting(one, horizon); });
  const auto chosen = prototype_series(*series);
  const auto prototype = roll_all(chosen, prototype_setting);
  ReportData report;
  report.title = "Spillway's forecaster on recorded demand";
  report.subtitle = "One observation per bin, nothing known at the start, one set of parameters for all.";
  report.tables = {lead_table(own, "Own setting: all bins, scored after 200", false), summary_table(own, "Own setting, all series")};
  if (!prototype.empty()) {
    report.tables.push_back(lead_table(prototype, "The prototype's setting: its six series, season, length and burn-in", false));
    report.tables.push_back(summary_table(prototype, "The prototype's setting, all series"));
  }
  report.plots = {error_plot(own)};
  ReportTable warnings;
  if (!options.lags.empty()) {
    auto table = warning_table(options);
    if (!table) {
      std::cerr << "forecast_bench: " << table.error().message << "\n";
      return 2;
    }
    warnings = *table;
    report.tables.push_back(warnings);
  }
  for (const auto& table : report.tables) std::cout << "\n" << render_text(table);
  if (out.empty()) return 0;
  std::error_code failed;
  std::filesystem::create_directories(out, failed);
  auto every = own;
  every.insert(every.end(), prototype.begin(), prototype.end());
  std::ofstream csv(std::filesystem::path(out) / "forecast.csv"), warning_csv(std::filesystem::path(out) / "warnings.csv");
  csv << render_csv(lead_table(every, "", true));
  if (!warnings.rows.empty()) warning_csv << render_csv(warnings);
  if (!csv.flush() || !warning_csv.flush() || !write_report((std::filesystem::path(out) / "forecast.html").string(), report)) {
    std::cerr << "forecast_bench: --out '" << out << "' cannot be written\n";
    return 2;
  }
  std::cout << "\nWritten to " << out << ": forecast.csv, warnings.csv, forecast.html\n";
  return 0;
}
