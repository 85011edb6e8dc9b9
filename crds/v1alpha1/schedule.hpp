#pragma once
#include <span>
#include <string_view>
#include <vector>

#include "crds/v1alpha1/types.hpp"
#include "model/base/observation.hpp"
#include "model/base/result.hpp"

namespace spillway::v1alpha1 {

/// Every window of the schedule that touches [from, until), as points in time (seconds since the Unix epoch), ascending by
/// start. Cron fires in the entry's time zone, daylight saving included: a time that a clock change skips fires at the
/// change, a time that it repeats fires once unless the hour field is "*".
/// kInvalid for a bad cron expression or time zone: names spec.schedule[name].field, the value and what is allowed.
Result<std::vector<CalendarWindow>> calendar_windows(std::span<const ScheduleEntry> schedule, Seconds from, Seconds until);

}  // namespace spillway::v1alpha1
