#include "bench/lab/report.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <limits>

namespace spillway::bench {
namespace {

// Colours: a palette that stays apart for colour-blind readers (Okabe and Ito), a shade lighter on dark ground.
constexpr const char* kStyle = R"css(
:root{color-scheme:light dark;--ground:#fff;--card:#fff;--edge:#e3e6ea;--ink:#1c2430;--soft:#5c6775;--grid:#eceff2;--row:#f6f8fa;
--c0:#0b6bcb;--c1:#d9480f;--c2:#2b8a3e;--c3:#9c36b5;--c4:#b08900;--c5:#0c8599;--c6:#c2255c;--c7:#8a949f}
@media (prefers-color-scheme:dark){:root{--ground:#11151a;--card:#181d24;--edge:#2b323c;--ink:#e6eaef;--soft:#9aa5b1;--grid:#262d36;
--row:#1e242c;--c0:#4dabf7;--c1:#ff922b;--c2:#51cf66;--c3:#da77f2;--c4:#fcc419;--c5:#3bc9db;--c6:#f783ac;--c7:#7d8894}}
*{box-sizing:border-box}body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif}
main{max-width:1040px;margin:0 auto;padding:32px 24px 56px}h1{font-size:26px;line-height:1.25;margin:0 0 4px;letter-spacing:-.01em}
h2{font-size:16px;margin:0 0 8px}.sub{color:var(--soft);margin:0 0 24px;max-width:75ch}
section{background:var(--card);border:1px solid var(--edge);border-radius:10px;padding:16px 18px;margin:0 0 16px}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums;font-size:13.5px}
th,td{padding:6px 8px;text-align:right;white-space:nowrap;border-bottom:1px solid var(--edge)}
th{color:var(--soft);font-weight:600;font-size:12px;vertical-align:bottom}th:first-child,td:first-child{text-align:left;padding-left:0}th:last-child,td:last-child{padding-right:0}
tbody tr:last-child td{border-bottom:0}tbody tr:hover{background:var(--row)}tr.best td{font-weight:650}
.note,li{color:var(--soft);font-size:13px}.note{margin:8px 0 0}ul{margin:0;padding-left:18px}
.head{display:flex;flex-wrap:wrap;gap:4px 18px;align-items:baseline;justify-content:space-between}
.head h2{margin:0}.unit{color:var(--soft);font-weight:400}.legend{display:flex;flex-wrap:wrap;gap:2px 16px;font-size:13px;color:var(--soft)}
.legend i{display:inline-block;width:18px;height:0;border-top:3px solid;margin-right:6px;vertical-align:middle;border-radius:2px}
.legend i.dash{border-top:2px dashed}svg{display:block;width:100%;height:auto;margin-top:6px}
.grid{stroke:var(--grid)}.axis{stroke:var(--soft)}.tick{fill:var(--soft);font-size:11.5px}
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.dash{stroke-dasharray:5 4;stroke-width:1.3}.area{opacity:.13;stroke:none}.dot{opacity:.85}
pre{margin:0;overflow-x:auto;font:12.5px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media print{section{break-inside:avoid}}
)css";

std::string palette() {
  std::string css;
  for (int i = 0; i < 8; ++i) {
    const std::string n = std::to_string(i), color = "var(--c" + n + ")";
    css += ".s" + n + "{stroke:" + color + "}.f" + n + "{fill:" + color + "}.l" + n + "{border-color:" + color +
           "!important}";
  }
  return css;
}

std::size_t best_row(const ReportTable& table) {
  std::size_t best = table.rows.size();
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; table.best_column >= 0 && i < table.rows.size(); ++i) {
    const auto& cell = table.rows[i].at(static_cast<std::size_t>(table.best_column));
    char* end = nullptr;
    const double value = std::strtod(cell.c_str(), &end);
    if (end != cell.c_str() && value < least) least = value, best = i;
  }
  return best;
}

std::string html_of(const ReportTable& table) {
  std::string out = "<section>";
  if (!table.title.empty()) out += "<h2>" + escape_html(table.title) + "</h2>";
  out += "<div class='scroll'><table><thead><tr>";
  for (const auto& cell : table.header) out += "<th>" + escape_html(cell) + "</th>";
  out += "</tr></thead><tbody>";
  const std::size_t best = best_row(table);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    out += i == best ? "<tr class='best'>" : "<tr>";
    for (const auto& cell : table.rows[i]) out += "<td>" + escape_html(cell) + "</td>";
    out += "</tr>";
  }
  out += "</tbody></table></div>";
  if (!table.note.empty()) out += "<p class='note'>" + escape_html(table.note) + "</p>";
  return out + "</section>\n";
}

std::string html_of(const Plot& plot, double x_low, double x_high) {
  std::string out = "<section><div class='head'><h2>" + escape_html(plot.title);
  if (!plot.unit.empty()) out += " <span class='unit'>" + escape_html(plot.unit) + "</span>";
  out += "</h2><div class='legend'>";
  for (const Series& series : plot.series) {
    const std::string dash = series.stroke == Stroke::kDashed ? " dash" : "";
    out += "<span><i class='l" + std::to_string(series.color) + dash + "'></i>" + escape_html(series.name) + "</span>";
  }
  return out + "</div></div>" + render_svg(plot, x_low, x_high) + "</section>\n";
}

struct Range {
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

Range range_of(const ReportData& report, const std::string& label) {
  Range range;
  for (const Plot& plot : report.plots)
    for (const Series& series : plot.series)
      if (plot.x_label == label)
        for (const double t : series.time) range.low = std::min(range.low, t), range.high = std::max(range.high, t);
  // A range that begins almost at 0 begins at 0.
  if (range.low > 0.0 && range.low < 0.05 * range.high) range.low = 0.0;
  return range;
}

}  // namespace

std::string fixed(double value, int digits) {
  char text[48];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string render_report(const ReportData& report) {
  std::string out =
      "<!doctype html>\n<html lang='en'><head><meta charset='utf-8'>"
      "<meta name='viewport' content='width=device-width,initial-scale=1'><title>" +
      escape_html(report.title) + "</title><style>" + kStyle + palette() + "</style></head><body><main>\n<h1>" +
      escape_html(report.title) + "</h1>\n";
  if (!report.subtitle.empty()) out += "<p class='sub'>" + escape_html(report.subtitle) + "</p>\n";
  for (const auto& table : report.tables) out += html_of(table);
  for (const Plot& plot : report.plots) {
    const Range range = range_of(report, plot.x_label);
    out += html_of(plot, range.low, range.high);
  }
  if (!report.notes.empty()) {
    out += "<section><h2>Notes</h2><ul>";
    for (const auto& note : report.notes) out += "<li>" + escape_html(note) + "</li>";
    out += "</ul></section>\n";
  }
  for (const auto& text : report.texts)
    out += "<section><h2>" + escape_html(text.title) + "</h2><pre>" + escape_html(text.text) + "</pre></section>\n";
  return out + "</main></body></html>\n";
}

Status write_report(const std::string& path, const ReportData& report) {
  std::ofstream file(path, std::ios::binary);
  file << render_report(report);
  file.flush();
  if (!file) return Error{ErrorKind::kInvalid, path + ": cannot be written"};
  return Ok{};
}

std::string render_text(const ReportTable& table) {
  std::vector<std::size_t> width;
  const auto widen = [&](const std::vector<std::string>& row) {
    width.resize(std::max(width.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) width[i] = std::max(width[i], row[i].size());
  };
  widen(table.header);
  for (const auto& row : table.rows) widen(row);
  std::string out = table.title.empty() ? "" : table.title + "\n";
  const auto print = [&](const std::vector<std::string>& row) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string pad(width[i] - row[i].size(), ' ');
      line += i == 0 ? row[i] + pad : "  " + pad + row[i];
    }
    out += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  print(table.header);
  for (const auto& row : table.rows) print(row);
  if (!table.note.empty()) out += table.note + "\n";
  return out;
}

std::string render_csv(const ReportTable& table) {
  std::string out;
  const auto print = [&](const std::vector<std::string>& row) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const bool quote = row[i].find_first_of(",\"\n") != std::string::npos;
      std::string cell = row[i];
      for (std::size_t at = 0; quote && (at = cell.find('"', at)) != std::string::npos; at += 2)
        cell.insert(at, 1, '"');
      if (i > 0) out += ',';
      if (quote) out += '"';
      out += cell;
      if (quote) out += '"';
    }
    out += "\n";
  };
  print(table.header);
  for (const auto& row : table.rows) print(row);
  return out;
}

}  // namespace spillway::bench
