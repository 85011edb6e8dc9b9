#include "bench/lab/trace_io.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fstream>
#include <map>
#include <ostream>

namespace spillway::bench {
namespace {

std::vector<std::string> split(const std::string& line) {
  std::vector<std::string> cells(1);
  for (const char c : line) {
    if (c == ',')
      cells.emplace_back();
    else if (c != '\r' && c != ' ' && c != '\t' && c != '"')
      cells.back() += c;
  }
  return cells;
}

std::optional<double> number(const std::string& cell) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc() || end != cell.data() + cell.size()) return std::nullopt;
  return value;
}

std::optional<double> duration(std::string cell) {
  double unit = 1.0;
  if (!cell.empty()) {
    switch (cell.back()) {
      case 's':
        unit = 1.0;
        break;
      case 'm':
        unit = 60.0;
        break;
      case 'h':
        unit = 3600.0;
        break;
      default:
        unit = 0.0;
    }
  }
  if (unit == 0.0)
    unit = 1.0;
  else if (!cell.empty())
    cell.pop_back();
  const auto value = number(cell);
  return value ? std::optional(*value * unit) : std::nullopt;
}

// Collects what is wrong; gives up listing after a handful so that a binary file does not print a novel.
class Faults {
 public:
  void add(std::size_t row, const std::string& what) {
    if (++count_ > kShown) return;
    if (!text_.empty()) text_ += '\n';
    text_ += row == 0 ? "header" : "row " + std::to_string(row);
    text_ += ": " + what;
  }
  bool any() const { return count_ > 0; }
  Error error() const {
    std::string text = text_;
    if (count_ > kShown) text += "\n... and " + std::to_string(count_ - kShown) + " more";
    return {ErrorKind::kInvalid, text};
  }

 private:
  static constexpr std::size_t kShown = 10;
  std::size_t count_ = 0;
  std::string text_;
};

// A CSV with a header: cells by column name, checked one by one.
class Table {
 public:
  explicit Table(std::istream& in) : in_(in) {}

  bool read_header(std::initializer_list<const char*> required, Faults& faults) {
    std::string line;
    if (!std::getline(in_, line)) {
      faults.add(0, "the file is empty; a header line is required");
      return false;
    }
    if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
    const auto names = split(line);
    for (std::size_t i = 0; i < names.size(); ++i) columns_[names[i]] = i;
    for (const char* name : required)
      if (!columns_.contains(name)) faults.add(0, std::string("the header lacks the column `") + name + "`");
    return !faults.any();
  }
  bool has(const char* column) const { return columns_.contains(column); }

  bool next() {
    std::string line;
    while (std::getline(in_, line)) {
      ++row_;
      if (line.empty() || line == "\r") continue;
      cells_ = split(line);
      return true;
    }
    return false;
  }
  std::size_t row() const { return row_; }

  /// The number in `column`, at least 0 and finite (whole on request); a fault and nothing otherwise.
  std::optional<double> get(const char* column, bool whole, Faults& faults) const {
    const std::size_t i = columns_.at(column);
    if (i >= cells_.size() || cells_[i].empty()) {
      faults.add(row_, std::string("`") + column + "` is missing: the row has " + std::to_string(cells_.size()) +
                           " of " + std::to_string(columns_.size()) + " columns");
      return std::nullopt;
    }
    const auto value = column == std::string_view("duration") ? duration(cells_[i]) : number(cells_[i]);
    const char* allowed = whole ? "a whole number of at least 0" : "a finite number of at least 0";
    if (!value || !std::isfinite(*value) || *value < 0.0 || (whole && *value != std::floor(*value))) {
      faults.add(row_, std::string("`") + column + "` is " + cells_[i] + ", allowed is " + allowed);
      return std::nullopt;
    }
    return value;
  }

 private:
  std::istream& in_;
  std::map<std::string, std::size_t> columns_;
  std::vector<std::string> cells_;
  std::size_t row_ = 0;  // of data; 0 is the header
};

}  // namespace

Result<Trace> read_trace(std::istream& in) {
  Faults faults;
  Table table(in);
  if (!table.read_header({"rps"}, faults)) return faults.error();
  const char* clock = table.has("timestamp_s") ? "timestamp_s" : "seconds";
  if (!table.has(clock)) {
    faults.add(0, "the header lacks a time column: `timestamp_s` (with `step`) or `seconds`");
    return faults.error();
  }
  if (std::string_view(clock) == "timestamp_s" && !table.has("step")) {
    faults.add(0, "the header lacks the column `step`");
    return faults.error();
  }
  Trace trace;
  double last_step = -1.0;
  while (table.next()) {
    const auto time = table.get(clock, false, faults);
    const auto rate = table.get("rps", false, faults);
    const auto step = table.has("step") ? table.get("step", true, faults) : std::optional(last_step + 1.0);
    const auto phase = table.has("phase_idx") ? table.get("phase_idx", true, faults) : std::optional(0.0);
    if (!time || !rate || !step || !phase) continue;
    if (!trace.time.empty() && *time <= trace.time.back())
      faults.add(table.row(), std::string("`") + clock + "` does not increase");
    if (*step <= last_step) faults.add(table.row(), "`step` does not increase");
    last_step = *step;
    trace.time.push_back(*time);
    trace.rate.push_back(*rate);
    if (table.has("phase_idx")) trace.phase.push_back(static_cast<int>(*phase));
  }
  if (!faults.any() && trace.size() == 0) faults.add(1, "there is no data row; at least one is required");
  if (faults.any()) return faults.error();
  return trace;
}

Result<Trace> load_trace(const std::string& path) {
  std::ifstream file(path);
  if (!file) return Error{ErrorKind::kNotFound, path + ": cannot be opened"};
  auto trace = read_trace(file);
  if (!trace) return Error{ErrorKind::kInvalid, path + ": " + trace.error().message};
  return trace;
}

void write_trace(std::ostream& out, const Trace& trace) {
  const bool phases = trace.phase.size() == trace.size() && trace.size() > 0;
  out << "step,timestamp_s,rps" << (phases ? ",phase_idx\n" : "\n");
  for (std::size_t i = 0; i < trace.size(); ++i) {
    out << i << ',' << trace.time[i] << ',' << trace.rate[i];
    if (phases) out << ',' << trace.phase[i];
    out << '\n';
  }
}

Result<Trace> build_trace(std::istream& phases, double dt) {
  Faults faults;
  Table table(phases);
  if (!table.read_header({"phase_idx", "duration", "rate_rps"}, faults)) return faults.error();
  Trace trace;
  double start = 0.0;
  while (table.next()) {
    const auto phase = table.get("phase_idx", true, faults);
    const auto length = table.get("duration", false, faults);
    const auto rate = table.get("rate_rps", false, faults);
    if (!phase || !length || !rate) continue;
    const double bins = *length / dt;
    if (bins < 1.0 || std::abs(bins - std::round(bins)) > 1e-9)
      faults.add(table.row(), "`duration` must be a positive multiple of dt = " + std::to_string(dt) + " s");
    for (int i = 0; i < static_cast<int>(std::round(bins)); ++i) {
      trace.time.push_back(start + i * dt);
      trace.rate.push_back(*rate);
      trace.phase.push_back(static_cast<int>(*phase));
    }
    start += *length;
  }
  if (!faults.any() && trace.size() == 0) faults.add(1, "there is no phase; at least one is required");
  if (faults.any()) return faults.error();
  return trace;
}

TraceFacts describe(const Trace& trace) {
  TraceFacts facts;
  facts.rows = trace.size();
  if (trace.size() == 0) return facts;
  facts.duration = trace.end() - trace.begin();
  const auto [low, high] = std::minmax_element(trace.rate.begin(), trace.rate.end());
  facts.min = *low;
  facts.max = *high;
  double square = 0.0;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    const double span = trace.bin_end(i) - trace.time[i];
    facts.requests += trace.rate[i] * span;
    square += trace.rate[i] * trace.rate[i] * span;
    if (i == 0) continue;
    const double change = trace.rate[i] - trace.rate[i - 1];
    facts.largest_rise = std::max(facts.largest_rise, change);
    facts.mean_change += std::abs(change);
  }
  facts.mean = facts.requests / facts.duration;
  facts.stddev = std::sqrt(std::max(0.0, square / facts.duration - facts.mean * facts.mean));
  if (trace.size() > 1 && facts.mean > 0.0) facts.mean_change /= static_cast<double>(trace.size() - 1) * facts.mean;
  return facts;
}

Trace window(const Trace& trace, double from, double to) {
  Trace cut;
  for (std::size_t i = 0; i < trace.size(); ++i) {
    if (trace.time[i] < from || trace.time[i] >= to) continue;
    cut.time.push_back(trace.time[i] - from);
    cut.rate.push_back(trace.rate[i]);
  }
  return cut;
}

Trace interpolated(const Trace& trace) {
  if (trace.size() < 2) return trace;
  Trace fine;
  const auto middle = [&](std::size_t i) { return 0.5 * (trace.time[i] + trace.bin_end(i)); };
  std::size_t after = 0;  // the first bin whose middle is not before t
  for (double t = trace.begin() + 0.5; t < trace.end(); t += 1.0) {
    while (after < trace.size() && middle(after) < t) ++after;
    const std::size_t right = std::min(after, trace.size() - 1);
    const std::size_t left = after == 0 ? 0 : after - 1;
    const double span = middle(right) - middle(left);
    const double share = span > 0.0 ? (t - middle(left)) / span : 0.0;
    fine.time.push_back(t - 0.5);
    fine.rate.push_back(trace.rate[left] + share * (trace.rate[right] - trace.rate[left]));
  }
  return fine;
}

Trace scaled(Trace trace, double factor) {
  for (double& rate : trace.rate) rate *= factor;
  return trace;
}

}  // namespace spillway::bench
