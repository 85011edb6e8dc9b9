#pragma once
#include <string>
#include <vector>

namespace spillway::bench {

/// How a series is drawn.
enum class Stroke {
  kLine,
  kStep,    ///< holds each value to the next time
  kArea,    ///< a line with the surface below it filled
  kDashed,  ///< a thin dashed step, for limits and references
  kDots,    ///< one dot per value, nothing between them
};

/// One curve. NaN values leave a gap.
struct Series {
  std::string name;
  std::vector<double> time;
  std::vector<double> value;
  Stroke stroke = Stroke::kLine;
  int color = 0;  ///< index into the report's palette: 0 Spillway, 1 its first rival, 2 .. further, 7 grey reference
};

/// One chart over time (or any other horizontal quantity). All charts of a report that share `x_label` share the x
/// range.
struct Plot {
  std::string title;
  std::string unit;  ///< of the vertical axis, e.g. "requests/s"
  std::vector<Series> series;
  std::string x_label = "seconds";
  double height = 190.0;  ///< pixels of the plotting area
};

/// Round numbers that cover [low, high] in at most `most` + 1 steps of 1, 2 or 5 times a power of ten.
std::vector<double> nice_ticks(double low, double high, int most);
/// A number for people: 0.25, 12, 1.5k, 2M.
std::string short_number(double value);
/// The five characters that mean something to HTML, replaced.
std::string escape_html(const std::string& text);

/// The chart as an SVG element, self-contained but for the CSS classes of write_report (colours follow light and dark).
std::string render_svg(const Plot& plot, double x_low, double x_high);

}  // namespace spillway::bench
