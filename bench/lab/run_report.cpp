#include "bench/lab/run_report.hpp"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace spillway::bench {

namespace {

namespace fs = std::filesystem;

/// A small CSV without quoting: what our own tools write.
struct Csv {
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;

  int column(const std::string& name) const {
    const auto found = std::find(header.begin(), header.end(), name);
    return found == header.end() ? -1 : static_cast<int>(found - header.begin());
  }
};

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells;
  std::stringstream in(line);
  for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
  return cells;
}

Result<Csv> read_csv(const fs::path& path) {
  std::ifstream in(path);
  if (!in) return Error{ErrorKind::kNotFound, path.string() + ": cannot read the file"};
  Csv csv;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    std::vector<std::string> cells = split(line);
    if (csv.header.empty()) {
      csv.header = std::move(cells);
    } else if (cells.size() == csv.header.size()) {
      csv.rows.push_back(std::move(cells));
    } else {
      return Error{ErrorKind::kInvalid, path.string() + ": line " + std::to_string(number) + " has " + std::to_string(cells.size()) +
                                            " cells, the header has " + std::to_string(csv.header.size())};
    }
  }
  return csv;
}

std::vector<std::string> distinct(const Csv& csv, int column) {
  std::vector<std::string> values;
  for (const auto& row : csv.rows) {
    if (std::find(values.begin(), values.end(), row[column]) == values.end()) values.push_back(row[column]);
  }
  return values;
}

/// One curve per arm of `value` against t. Spillway gets the first colour whatever the order of the file.
Result<std::vector<Series>> curves(const Csv& csv, const fs::path& path, const std::string& key, const std::string& value,
                                   Stroke stroke, const std::string& suffix = {}) {
  const int arm = csv.column(key), t = csv.column("t"), y = csv.column(value);
  if (arm < 0 || t < 0 || y < 0) {
    return Error{ErrorKind::kInvalid, path.string() + ": needs the columns " + key + ", t and " + value};
  }
  std::vector<Series> all;
  int rival_color = 1;
  for (const std::string& name : distinct(csv, arm)) {
    Series series{name + suffix, {}, {}, stroke, name == "spillway" ? 0 : rival_color++};
    for (const auto& row : csv.rows) {
      if (row[arm] != name) continue;
      series.time.push_back(std::atof(row[t].c_str()));
      series.value.push_back(std::atof(row[y].c_str()));
    }
    all.push_back(std::move(series));
  }
  return all;
}

struct Chart {
  const char* title;
  const char* unit;
  const char* file;
  const char* key;
  const char* column;
  Stroke stroke;
  bool optional;
};

constexpr Chart kCharts[] = {
    {"Load offered", "requests/s", "load.csv", "target", "scheduled", Stroke::kArea, false},
    {"Replicas asked for", "replicas", "replicas.csv", "arm", "spec", Stroke::kStep, false},
    {"Replicas ready", "replicas", "replicas.csv", "arm", "ready", Stroke::kStep, false},
    {"Backlog", "requests waiting", "backlog.csv", "arm", "waiting", Stroke::kLine, true},
    {"Latency, 95th percentile of each second", "ms", "load.csv", "target", "p95_ms", Stroke::kLine, false},
    {"Requests that failed", "requests/s", "load.csv", "target", "errors", Stroke::kLine, true},
};

Status add_chart(ReportData& report, const fs::path& folder, const Chart& chart) {
  const fs::path path = folder / chart.file;
  if (chart.optional && !fs::exists(path)) return Ok{};
  const Result<Csv> csv = read_csv(path);
  if (!csv) return csv.error();
  Result<std::vector<Series>> series = curves(*csv, path, chart.key, chart.column, chart.stroke);
  if (!series) return series.error();
  report.plots.push_back({chart.title, chart.unit, *std::move(series)});
  return Ok{};
}

void add_texts(ReportData& report, const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) {
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    report.texts.push_back({file.stem().string(), text.str()});
  }
}

}  // namespace

Result<ReportData> read_run(const std::string& folder, const std::string& title) {
  ReportData report;
  report.title = title;
  const Result<Csv> summary = read_csv(fs::path(folder) / "summary.csv");
  if (!summary) return summary.error();
  ReportTable table;
  table.title = "Figures of the measured window";
  table.header = summary->header;
  table.rows = summary->rows;
  report.tables.push_back(std::move(table));
  for (const Chart& chart : kCharts) {
    if (const Status added = add_chart(report, folder, chart); !added) return added.error();
  }
  add_texts(report, folder);
  return report;
}

}  // namespace spillway::bench
