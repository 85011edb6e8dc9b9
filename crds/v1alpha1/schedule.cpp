#include "crds/v1alpha1/schedule.hpp"

#include <cctz/time_zone.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "crds/v1alpha1/cron.hpp"

namespace spillway::v1alpha1 {

namespace {

std::int64_t unix_seconds(cctz::time_point<cctz::seconds> time) { return time.time_since_epoch().count(); }

/// When a local time happens: usually once; at the clock change if the change skips it; if the change repeats it, the first
/// time, and the second as well for expressions that fire every hour.
void add_instants(const cctz::civil_minute& minute, const cctz::time_zone& zone, bool any_hour, std::set<std::int64_t>& starts) {
  const auto found = zone.lookup(cctz::civil_second(minute));
  switch (found.kind) {
    case cctz::time_zone::civil_lookup::UNIQUE: starts.insert(unix_seconds(found.pre)); break;
    case cctz::time_zone::civil_lookup::SKIPPED: starts.insert(unix_seconds(found.trans)); break;
    case cctz::time_zone::civil_lookup::REPEATED:
      starts.insert(unix_seconds(found.pre));
      if (any_hour) starts.insert(unix_seconds(found.post));
      break;
  }
}

int weekday_of(const cctz::civil_day& day) {
  return (static_cast<int>(cctz::get_weekday(day)) + 1) % 7;  // cctz counts from Monday, cron from Sunday
}

/// The moments at which the expression fires on the local days that touch [first, last].
std::set<std::int64_t> firings(const CronExpression& cron, const cctz::time_zone& zone, std::int64_t first, std::int64_t last) {
  const auto day_of = [&](std::int64_t t) {
    return cctz::civil_day(cctz::convert(cctz::time_point<cctz::seconds>(cctz::seconds(t)), zone));
  };
  std::set<std::int64_t> starts;
  for (cctz::civil_day day = day_of(first); day <= day_of(last); ++day) {
    if (!cron.matches_date(day.month(), day.day(), weekday_of(day))) continue;
    for (int hour = 0; hour < 24; ++hour) {
      if (!cron.hours[static_cast<std::size_t>(hour)]) continue;
      for (int minute = 0; minute < 60; ++minute) {
        if (cron.minutes[static_cast<std::size_t>(minute)])
          add_instants(cctz::civil_minute(cctz::civil_hour(day) + hour) + minute, zone, cron.any_hour, starts);
      }
    }
  }
  return starts;
}

Error bad_entry(const ScheduleEntry& entry, const char* field, const std::string& value, const std::string& allowed) {
  return {ErrorKind::kInvalid, "spec.schedule[" + entry.name + "]." + field + ": Invalid value: \"" + value + "\": " + allowed};
}

/// Windows of one entry that touch [from, until); those that follow each other without a gap become one.
Result<std::vector<CalendarWindow>> windows_of(const ScheduleEntry& entry, Seconds from, Seconds until) {
  const auto cron = parse_cron(entry.cron);
  if (!cron) return bad_entry(entry, "cron", entry.cron, cron.error().message);
  cctz::time_zone zone;
  if (!cctz::load_time_zone(entry.time_zone, &zone)) {
    return bad_entry(entry, "timeZone", entry.time_zone, "must be a time zone of the IANA database, such as UTC or Europe/Berlin");
  }
  const auto first = static_cast<std::int64_t>(std::floor(from.value())) - entry.duration_seconds;
  const auto last = static_cast<std::int64_t>(std::ceil(until.value()));
  std::vector<CalendarWindow> windows;
  for (const std::int64_t start : firings(*cron, zone, first, last)) {
    const Seconds begin(static_cast<double>(start));
    const Seconds end = begin + Seconds(entry.duration_seconds);
    if (end <= from || begin >= until) continue;
    if (!windows.empty() && begin <= windows.back().end) windows.back().end = end;
    else windows.push_back({entry.name, begin, end, entry.min_replicas, entry.max_replicas});
  }
  return windows;
}

}  // namespace

Result<std::vector<CalendarWindow>> calendar_windows(std::span<const ScheduleEntry> schedule, Seconds from, Seconds until) {
  std::vector<CalendarWindow> all;
  for (const ScheduleEntry& entry : schedule) {
    auto windows = windows_of(entry, from, until);
    if (!windows) return windows.error();
    all.insert(all.end(), windows->begin(), windows->end());
  }
  std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.start < b.start; });
  return all;
}

}  // namespace spillway::v1alpha1
