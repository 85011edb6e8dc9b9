#include "crds/v1alpha1/cron.hpp"

#include <array>
#include <cctype>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace spillway::v1alpha1 {

namespace {

struct FieldKind {
  const char* name;
  int least;
  int greatest;
  std::span<const char* const> names;  ///< names[i] stands for least + i
};

constexpr std::array<const char*, 12> kMonths = {"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"};
constexpr std::array<const char*, 7> kWeekdays = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
constexpr std::array<FieldKind, 5> kFields = {{{"minute", 0, 59, {}},
                                               {"hour", 0, 23, {}},
                                               {"day of month", 1, 31, {}},
                                               {"month", 1, 12, kMonths},
                                               {"day of week", 0, 7, kWeekdays}}};

std::vector<std::string_view> split(std::string_view text, std::string_view separators, bool keep_empty) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find_first_of(separators);
    if (keep_empty || end != 0) parts.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  if (!keep_empty && !parts.empty() && parts.back().empty()) parts.pop_back();
  return parts;
}

std::optional<int> whole_number(std::string_view text) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

std::optional<int> value_of(std::string_view text, const FieldKind& kind) {
  std::string upper(text);
  for (char& c : upper) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  for (std::size_t i = 0; i < kind.names.size(); ++i) {
    if (upper == kind.names[i]) return kind.least + static_cast<int>(i);
  }
  const auto value = whole_number(text);
  return value && *value >= kind.least && *value <= kind.greatest ? value : std::nullopt;
}

struct Range {
  int first;
  int last;
  int step;
};

/// One part of a list: *, 5, MON-FRI, */15, 10-30/5, 5/10.
std::optional<Range> parse_range(std::string_view text, const FieldKind& kind) {
  Range range{kind.least, kind.greatest, 1};
  const std::size_t slash = text.find('/');
  const std::string_view values = text.substr(0, slash);
  if (slash != std::string_view::npos) {
    const auto step = whole_number(text.substr(slash + 1));
    if (!step || *step < 1) return std::nullopt;
    range.step = *step;
  }
  if (values == "*") return range;
  const std::size_t dash = values.find('-');
  const auto first = value_of(values.substr(0, dash), kind);
  if (!first) return std::nullopt;
  range.first = *first;
  if (dash != std::string_view::npos) {
    const auto last = value_of(values.substr(dash + 1), kind);
    if (!last || *last < *first) return std::nullopt;
    range.last = *last;
  } else if (slash == std::string_view::npos) {
    range.last = *first;
  }
  return range;
}

template <std::size_t N>
bool parse_field(std::string_view text, const FieldKind& kind, std::bitset<N>& out) {
  for (std::string_view part : split(text, ",", true)) {
    const auto range = parse_range(part, kind);
    if (!range) return false;
    // Modulo N: the day of week 7 is Sunday, which is 0.
    for (int value = range->first; value <= range->last; value += range->step) out.set(static_cast<std::size_t>(value) % N);
  }
  return true;
}

Error bad_field(std::string_view text, const FieldKind& kind) {
  std::string allowed = std::to_string(kind.least) + "-" + std::to_string(kind.greatest);
  if (!kind.names.empty()) allowed += " or " + std::string(kind.names.front()) + "-" + kind.names.back();
  return {ErrorKind::kInvalid, std::string(kind.name) + " \"" + std::string(text) + "\" must be *, or " + allowed +
                                   " as numbers, lists (1,2), ranges (1-5) and steps (*/5)"};
}

bool is_any(std::string_view text) { return text.starts_with('*'); }

}  // namespace

Result<CronExpression> parse_cron(std::string_view text) {
  const auto parts = split(text, " \t", false);
  if (parts.size() != kFields.size()) {
    return Error{ErrorKind::kInvalid, "must have 5 fields (minute, hour, day of month, month, day of week), but has " +
                                          std::to_string(parts.size())};
  }
  CronExpression cron;
  if (!parse_field(parts[0], kFields[0], cron.minutes)) return bad_field(parts[0], kFields[0]);
  if (!parse_field(parts[1], kFields[1], cron.hours)) return bad_field(parts[1], kFields[1]);
  if (!parse_field(parts[2], kFields[2], cron.days)) return bad_field(parts[2], kFields[2]);
  if (!parse_field(parts[3], kFields[3], cron.months)) return bad_field(parts[3], kFields[3]);
  if (!parse_field(parts[4], kFields[4], cron.weekdays)) return bad_field(parts[4], kFields[4]);
  cron.any_hour = is_any(parts[1]);
  cron.any_day = is_any(parts[2]);
  cron.any_weekday = is_any(parts[4]);
  return cron;
}

bool CronExpression::matches_date(int month, int day, int weekday) const {
  if (!months[static_cast<std::size_t>(month)]) return false;
  const bool day_matches = days[static_cast<std::size_t>(day)];
  const bool weekday_matches = weekdays[static_cast<std::size_t>(weekday)];
  return any_day || any_weekday ? day_matches && weekday_matches : day_matches || weekday_matches;
}

}  // namespace spillway::v1alpha1
