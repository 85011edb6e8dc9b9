#pragma once
#include <string>
#include <vector>

#include "bench/lab/plot.hpp"
#include "model/base/result.hpp"

namespace spillway::bench {

/// A figure for a cell, with so many digits after the point.
std::string fixed(double value, int digits);

/// Rows of equal length; the first column is text, the rest are figures and align to the right.
struct ReportTable {
  std::string title;
  std::vector<std::string> header;
  std::vector<std::vector<std::string>> rows;
  std::string note;      ///< one sentence below the table
  int best_column = -1;  ///< the row with the least number in this column is emphasised; -1 = none
};

/// Text to be shown as it is, e.g. the output of kubectl describe.
struct ReportText {
  std::string title;
  std::string text;
};

/// One self-contained page.
struct ReportData {
  std::string title;
  std::string subtitle;  ///< what was run, in one sentence
  std::vector<ReportTable> tables;
  std::vector<Plot> plots;
  std::vector<std::string> notes;
  std::vector<ReportText> texts;
};

/// The page as HTML: no script, no network, light and dark by the reader's preference, prints well.
std::string render_report(const ReportData& report);
/// Writes it. kInvalid when the file cannot be written.
Status write_report(const std::string& path, const ReportData& report);

/// The table for a terminal: columns aligned, two spaces between them.
std::string render_text(const ReportTable& table);
/// The table as CSV.
std::string render_csv(const ReportTable& table);

}  // namespace spillway::bench
