#pragma once
#include <bitset>
#include <string_view>

#include "model/base/result.hpp"

namespace spillway::v1alpha1 {

/// A cron expression as Kubernetes' CronJob takes it: minute, hour, day of month, month, day of week; names (JAN, MON), lists,
/// ranges, steps, 7 = Sunday. If both day fields are restricted, either suffices. Macros such as @daily are not taken.
struct CronExpression {
  std::bitset<60> minutes;
  std::bitset<24> hours;
  std::bitset<32> days;    ///< 1..31
  std::bitset<13> months;  ///< 1..12
  std::bitset<7> weekdays; ///< 0 = Sunday
  bool any_hour = false;   ///< the hour field is * or */n
  bool any_day = false;
  bool any_weekday = false;

  bool matches_date(int month, int day, int weekday) const;
};

/// kInvalid says which field is wrong and what it may hold.
Result<CronExpression> parse_cron(std::string_view text);

}  // namespace spillway::v1alpha1
