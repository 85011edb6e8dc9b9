#include "bench/lab/plot.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace spillway::bench {
namespace {

constexpr double kWidth = 920.0, kLeft = 56.0, kRight = 14.0, kTop = 10.0, kBottom = 34.0;
constexpr std::size_t kMostPoints = 1600;  // more than this cannot be seen

std::string fixed(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%.1f", value);
  return text;
}

struct Frame {
  double x_low, x_high, y_high, height;
  double x(double t) const { return kLeft + (t - x_low) / (x_high - x_low) * (kWidth - kLeft - kRight); }
  double y(double v) const { return kTop + height * (1.0 - std::clamp(v / y_high, 0.0, 1.0)); }
};

// Long series are thinned to the extremes of each bucket, so that a spike of one sample stays visible.
Series thinned(const Series& series) {
  if (series.time.size() <= kMostPoints) return series;
  Series thin = series;
  thin.time.clear();
  thin.value.clear();
  const std::size_t bucket = (2 * series.time.size() + kMostPoints - 1) / kMostPoints;
  for (std::size_t from = 0; from < series.time.size(); from += bucket) {
    const std::size_t to = std::min(from + bucket, series.time.size());
    std::size_t low = from, high = from;
    for (std::size_t i = from; i < to; ++i) {
      if (series.value[i] < series.value[low]) low = i;
      if (series.value[i] > series.value[high]) high = i;
    }
    for (const std::size_t i : {std::min(low, high), std::max(low, high)}) {
      thin.time.push_back(series.time[i]);
      thin.value.push_back(series.value[i]);
      if (low == high) break;
    }
  }
  return thin;
}

bool steps(Stroke stroke) {
  return stroke == Stroke::kStep || stroke == Stroke::kDashed;
}

// Runs of finite values become sub-paths.
class PathWriter {
 public:
  PathWriter(const Series& series, const Frame& frame, bool closed) : frame_(frame), closed_(closed) {
    for (std::size_t i = 0; i < series.time.size(); ++i) {
      if (!std::isfinite(series.value[i]))
        close();
      else
        point(frame.x(series.time[i]), frame.y(series.value[i]), steps(series.stroke));
    }
    close();
  }
  const std::string& text() const { return text_; }

 private:
  void point(double x, double y, bool step) {
    if (!open_ && closed_) add('M', x, frame_.y(0.0));
    if (open_ && step && y != last_y_) add('L', x, last_y_);
    add(open_ || closed_ ? 'L' : 'M', x, y);
    open_ = true;
    last_x_ = x;
    last_y_ = y;
  }
  void close() {
    if (open_ && closed_) {
      add('L', last_x_, frame_.y(0.0));
      text_ += 'Z';
    }
    open_ = false;
  }
  void add(char command, double x, double y) {
    text_ += command;
    text_ += fixed(x);
    text_ += ' ';
    text_ += fixed(y);
  }

  const Frame& frame_;
  bool closed_;
  bool open_ = false;
  double last_x_ = 0.0, last_y_ = 0.0;
  std::string text_;
};

std::string dots(const Series& series, const Frame& frame) {
  std::string out;
  for (std::size_t i = 0; i < series.time.size(); ++i) {
    if (!std::isfinite(series.value[i])) continue;
    out += "<circle class='dot f" + std::to_string(series.color) + "' r='4.5' cx='" + fixed(frame.x(series.time[i]));
    out += "' cy='" + fixed(frame.y(series.value[i])) + "'/>";
  }
  return out;
}

std::string draw(const Series& full, const Frame& frame) {
  if (full.stroke == Stroke::kDots) return dots(full, frame);
  const Series series = thinned(full);
  const std::string color = std::to_string(series.color);
  std::string out;
  if (series.stroke == Stroke::kArea)
    out += "<path class='area f" + color + "' d='" + PathWriter(series, frame, true).text() + "'/>";
  const char* extra = series.stroke == Stroke::kDashed ? " dash" : "";
  out += "<path class='line s" + color + extra + "' d='" + PathWriter(series, frame, false).text() + "'/>";
  return out;
}

double highest(const Plot& plot) {
  double high = 0.0;
  for (const Series& series : plot.series)
    for (const double value : series.value)
      if (std::isfinite(value)) high = std::max(high, value);
  return high > 0.0 ? high : 1.0;
}

}  // namespace

std::vector<double> nice_ticks(double low, double high, int most) {
  const double span = std::max(high - low, 1e-12);
  const double raw = span / std::max(1, most);
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  double step = 10.0 * power;
  for (const double factor : {1.0, 2.0, 5.0})
    if (factor * power >= raw * (1.0 - 1e-9)) {
      step = factor * power;
      break;
    }
  std::vector<double> ticks;
  const double first = std::ceil(low / step - 1e-9) + 0.0;  // turns -0 into 0
  for (double i = first; i * step <= high + 1e-9 * span; i += 1.0) ticks.push_back(i * step);
  return ticks;
}

std::string short_number(double value) {
  const double size = std::abs(value);
  const auto [scale, suffix] = size >= 1e6   ? std::pair(1e6, "M")
                               : size >= 1e4 ? std::pair(1e3, "k")
                                             : std::pair(1.0, "");
  char text[32];
  std::snprintf(text, sizeof text, "%.4g%s", value / scale, suffix);
  return text;
}

std::string escape_html(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string render_svg(const Plot& plot, double x_low, double x_high) {
  const auto y_ticks = nice_ticks(0.0, highest(plot) * 1.04, 5);
  const double step = y_ticks.size() > 1 ? y_ticks[1] : 1.0;
  const double top = std::ceil(highest(plot) * 1.02 / step) * step;
  const Frame frame{x_low, x_high > x_low ? x_high : x_low + 1.0, top, plot.height};
  const double total = kTop + plot.height + kBottom;
  std::string out = "<svg viewBox='0 0 " + fixed(kWidth) + " " + fixed(total) + "' role='img' aria-label='" +
                    escape_html(plot.title) + "'>";
  const std::string bottom = fixed(frame.y(0.0));
  for (double v = 0.0; v <= top + 1e-9 * top; v += step) {
    const std::string y = fixed(frame.y(v));
    out += "<line class='grid' x1='" + fixed(kLeft) + "' x2='" + fixed(kWidth - kRight) + "' y1='" + y + "' y2='" + y +
           "'/>";
    out += "<text class='tick' text-anchor='end' x='" + fixed(kLeft - 8) + "' y='" + fixed(frame.y(v) + 4) + "'>" +
           short_number(v) + "</text>";
  }
  for (const double t : nice_ticks(frame.x_low, frame.x_high, 10)) {
    const std::string x = fixed(frame.x(t));
    out +=
        "<line class='axis' x1='" + x + "' x2='" + x + "' y1='" + bottom + "' y2='" + fixed(frame.y(0.0) + 4) + "'/>";
    out += "<text class='tick' text-anchor='middle' x='" + x + "' y='" + fixed(frame.y(0.0) + 17) + "'>" +
           short_number(t) + "</text>";
  }
  out += "<line class='axis' x1='" + fixed(kLeft) + "' x2='" + fixed(kWidth - kRight) + "' y1='" + bottom + "' y2='" +
         bottom + "'/>";
  out += "<text class='tick' text-anchor='end' x='" + fixed(kWidth - kRight) + "' y='" + fixed(total - 3) + "'>" +
         escape_html(plot.x_label) + "</text>";
  for (const Series& series : plot.series) out += draw(series, frame);
  return out + "</svg>";
}

}  // namespace spillway::bench
