#include "operator/load/schedule.hpp"

#include <charconv>
#include <cmath>

#include "model/base/text.hpp"

namespace spillway::load {
namespace {

constexpr double kMaxRate = 1e6;            // requests per second
constexpr double kMaxDuration = 7 * 86400;  // seconds, of the whole plan

std::optional<double> parse_number(std::string_view written) {
  double value = 0.0;
  const auto [stop, code] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (code != std::errc() || stop != written.data() + written.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// Cuts off what stands before the next separator.
std::string_view take(std::string_view& rest, char separator) {
  const auto end = std::min(rest.find(separator), rest.size());
  const auto piece = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(piece);
}

std::vector<std::string_view> cells_of(std::string_view row) {
  std::vector<std::string_view> cells;
  for (std::size_t i = 0, count = 1 + static_cast<std::size_t>(std::count(row.begin(), row.end(), ',')); i < count;
       ++i) {
    cells.push_back(take(row, ','));
  }
  return cells;
}

std::optional<double> parse_duration(std::string_view written) {
  constexpr std::pair<std::string_view, double> kUnits[] = {{"ms", 0.001}, {"s", 1.0}, {"m", 60.0}, {"h", 3600.0}};
  for (const auto& [unit, seconds] : kUnits) {
    if (!written.ends_with(unit)) continue;
    const auto number = parse_number(written.substr(0, written.size() - unit.size()));
    return number ? std::optional(*number * seconds) : std::nullopt;
  }
  return std::nullopt;
}

Status check(const RatePlan& plan) {
  const double total = length(plan).value();
  if (total > kMaxDuration)
    return Error{ErrorKind::kInvalid, text("the plan lasts ", total, " s: at most ", kMaxDuration, " s are allowed")};
  return Ok{};
}

Error bad_row(std::size_t row, const std::string& why) {
  return {ErrorKind::kInvalid, text("row ", row, ": ", why)};
}

/// Which columns hold what; the header decides.
struct TraceColumns {
  std::size_t time = 0, rate = 1, count = 2;
};

Result<TraceColumns> read_header(std::string_view header) {
  const auto names = cells_of(header);
  const auto matches = [&](std::initializer_list<std::string_view> expected) {
    return std::equal(names.begin(), names.end(), expected.begin(), expected.end());
  };
  if (matches({"seconds", "rps"})) return TraceColumns{0, 1, 2};
  if (matches({"step", "timestamp_s", "rps"})) return TraceColumns{1, 2, 3};
  if (matches({"step", "timestamp_s", "rps", "phase_idx"})) return TraceColumns{1, 2, 4};
  return Error{ErrorKind::kInvalid, text("header: '", header.substr(0, 80),
                                         "' is not allowed: seconds,rps or step,timestamp_s,rps[,phase_idx]")};
}

struct TraceRow {
  double time = 0.0, rate = 0.0;
};

Result<TraceRow> read_row(std::string_view line, const TraceColumns& columns, std::size_t row) {
  const auto cells = cells_of(line);
  if (cells.size() != columns.count)
    return bad_row(row, text(cells.size(), " columns, the header has ", columns.count));
  const auto time = parse_number(cells[columns.time]);
  if (!time || *time < 0.0) return bad_row(row, text("time: '", cells[columns.time], "' is not allowed: seconds >= 0"));
  const auto rate = parse_number(cells[columns.rate]);
  if (!rate || *rate < 0.0 || *rate > kMaxRate) {
    return bad_row(row, text("rps: '", cells[columns.rate], "' is not allowed: a number from 0 to ", kMaxRate));
  }
  return TraceRow{*time, *rate};
}

RatePlan hold_each_row(const std::vector<TraceRow>& rows) {
  RatePlan plan;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const double last_gap = i > 0 ? rows[i].time - rows[i - 1].time : 1.0;
    const double duration = i + 1 < rows.size() ? rows[i + 1].time - rows[i].time : last_gap;
    plan.push_back({RequestsPerSecond(rows[i].rate), Seconds(duration)});
  }
  return plan;
}

}  // namespace

Result<RatePlan> parse_phases(std::string_view written) {
  RatePlan plan;
  for (std::size_t number = 1; !written.empty(); ++number) {
    const std::string_view phase = take(written, ',');
    const auto cut = std::min(phase.find('x'), phase.size());
    const auto rate = parse_number(phase.substr(0, cut));
    const auto duration = parse_duration(phase.substr(std::min(cut + 1, phase.size())));
    if (!rate || *rate < 0.0 || *rate > kMaxRate || !duration || *duration <= 0.0) {
      return Error{ErrorKind::kInvalid,
                   text("phase ", number, ": '", phase.substr(0, 40), "' is not allowed: <requests per second, 0 to ",
                        kMaxRate, ">x<duration in ms, s, m or h>, like 20x60s")};
    }
    plan.push_back({RequestsPerSecond(*rate), Seconds(*duration)});
  }
  if (plan.empty()) return Error{ErrorKind::kInvalid, "phases: '' is not allowed: at least one, like 20x60s"};
  if (auto status = check(plan); !status) return status.error();
  return plan;
}

Result<RatePlan> parse_trace(std::string_view csv) {
  const auto columns = read_header(take(csv, '\n'));
  if (!columns) return columns.error();
  std::vector<TraceRow> rows;
  while (!csv.empty()) {
    const std::string_view line = take(csv, '\n');
    if (line.empty()) continue;
    const auto row = read_row(line, *columns, rows.size() + 1);
    if (!row) return row.error();
    if (!rows.empty() && row->time <= rows.back().time) {
      return bad_row(rows.size() + 1, text("time ", row->time, " does not come after ", rows.back().time));
    }
    rows.push_back(*row);
  }
  if (rows.empty()) return Error{ErrorKind::kInvalid, "the trace has no rows: at least one is needed"};
  const RatePlan plan = hold_each_row(rows);
  if (auto status = check(plan); !status) return status.error();
  return plan;
}

Seconds length(const RatePlan& plan) {
  Seconds total{0.0};
  for (const Phase& phase : plan) total += phase.duration;
  return total;
}

Requests expected_requests(const RatePlan& plan) {
  Requests total{0.0};
  for (const Phase& phase : plan) total += phase.rate * phase.duration;
  return total;
}

Schedule::Schedule(RatePlan plan, Arrivals arrivals, std::uint64_t seed)
    : plan_(std::move(plan)),
      arrivals_(arrivals),
      random_(seed),
      wanted_(arrivals == Arrivals::kUniform ? -0.5 : 0.0) {}

std::optional<Seconds> Schedule::next() {
  // Not std::exponential_distribution: its numbers differ between standard libraries.
  const double uniform = static_cast<double>(random_() >> 11) * 0x1p-53;  // [0, 1)
  wanted_ += arrivals_ == Arrivals::kUniform ? 1.0 : -std::log1p(-uniform);
  for (; phase_ < plan_.size(); ++phase_) {
    const double rate = plan_[phase_].rate.value(), duration = plan_[phase_].duration.value();
    if (wanted_ < passed_ + rate * duration) return Seconds(phase_start_ + (wanted_ - passed_) / rate);
    passed_ += rate * duration;
    phase_start_ += duration;
  }
  return std::nullopt;
}

}  // namespace spillway::load
