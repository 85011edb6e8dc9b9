#include "crds/v1alpha1/schedule.hpp"

#include "crds/v1alpha1/codec.hpp"

namespace spillway::v1alpha1 {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Seconds at(const char* time) {
  return Seconds(static_cast<double>(parse_time(time).value().time_since_epoch().count()));
}

std::vector<std::string> starts(const std::string& cron, const std::string& zone, const char* from, const char* until, int duration = 60) {
  const std::vector<ScheduleEntry> schedule = {{"entry", cron, zone, duration, 3, std::nullopt}};
  const auto windows = calendar_windows(schedule, at(from), at(until));
  EXPECT_TRUE(windows) << windows.error().message;
  std::vector<std::string> found;
  if (!windows) return found;
  for (const auto& window : *windows) found.push_back(format_time(Time(std::chrono::seconds(static_cast<std::int64_t>(window.start.value())))));
  return found;
}

TEST(Schedule, OpensAWindowInTheEntrysTimeZone) {
  EXPECT_THAT(starts("0 8 * * 1-5", "Europe/Berlin", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"),
              ElementsAre("2026-01-09T07:00:00Z", "2026-01-12T07:00:00Z"));
}

TEST(Schedule, FollowsDaylightSaving) {
  EXPECT_THAT(starts("0 8 * * *", "Europe/Berlin", "2026-03-28T00:00:00Z", "2026-03-30T00:00:00Z"),
              ElementsAre("2026-03-28T07:00:00Z", "2026-03-29T06:00:00Z"));
}

TEST(Schedule, FiresAtTheChangeForATimeThatTheClockSkips) {
  EXPECT_THAT(starts("30 2 * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", "2026-03-29T12:00:00Z"), ElementsAre("2026-03-29T01:00:00Z"));
}

TEST(Schedule, FiresOnceForATimeThatTheClockRepeatsUnlessItFiresEveryHour) {
  EXPECT_THAT(starts("30 2 * * *", "Europe/Berlin", "2026-10-24T23:00:00Z", "2026-10-25T12:00:00Z"), ElementsAre("2026-10-25T00:30:00Z"));
  EXPECT_THAT(starts("30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z"),
              ElementsAre("2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"));
}

TEST(Schedule, FindsAWindowThatOpenedBeforeTheSpan) {
  const std::vector<ScheduleEntry> schedule = {{"night", "0 23 * * *", "UTC", 21600, std::nullopt, 20}};
  const auto windows = calendar_windows(schedule, at("2026-01-10T03:00:00Z"), at("2026-01-10T04:00:00Z"));
  ASSERT_TRUE(windows);
  ASSERT_EQ(windows->size(), 1u);
  EXPECT_EQ((*windows)[0].start, at("2026-01-09T23:00:00Z"));
  EXPECT_EQ((*windows)[0].end, at("2026-01-10T05:00:00Z"));
  EXPECT_EQ((*windows)[0].max_replicas, 20);
  EXPECT_FALSE((*windows)[0].min_replicas);
}

TEST(Schedule, LeavesOutAWindowThatClosesWhenTheSpanBegins) {
  EXPECT_TRUE(starts("0 8 * * *", "UTC", "2026-01-09T09:00:00Z", "2026-01-10T08:00:00Z", 3600).empty());
}

TEST(Schedule, JoinsWindowsOfOneEntryThatFollowWithoutAGap) {
  EXPECT_THAT(starts("*/10 * * * *", "UTC", "2026-01-09T09:00:00Z", "2026-01-09T10:00:00Z", 600), ElementsAre("2026-01-09T09:00:00Z"));
}

TEST(Schedule, UnderstandsListsRangesStepsAndNames) {
  EXPECT_THAT(starts("0,30 9-11/2 * JAN fri", "UTC", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"),
              ElementsAre("2026-01-09T09:00:00Z", "2026-01-09T09:30:00Z", "2026-01-09T11:00:00Z", "2026-01-09T11:30:00Z"));
  EXPECT_THAT(starts("0 0 * * 7", "UTC", "2026-01-05T00:00:00Z", "2026-01-12T00:00:00Z"), ElementsAre("2026-01-11T00:00:00Z"));
  EXPECT_THAT(starts("0 6/8 * * *", "UTC", "2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"),
              ElementsAre("2026-01-05T06:00:00Z", "2026-01-05T14:00:00Z", "2026-01-05T22:00:00Z"));
}

TEST(Schedule, TakesEitherDayFieldWhenBothAreRestrictedAsCronDoes) {
  EXPECT_THAT(starts("0 0 7 * MON", "UTC", "2026-01-05T00:00:00Z", "2026-01-13T00:00:00Z"),
              ElementsAre("2026-01-05T00:00:00Z", "2026-01-07T00:00:00Z", "2026-01-12T00:00:00Z"));
}

TEST(Schedule, SortsTheWindowsOfAllEntriesByStart) {
  const std::vector<ScheduleEntry> schedule = {{"late", "0 12 * * *", "UTC", 60, 3, std::nullopt}, {"early", "0 6 * * *", "UTC", 60, 4, std::nullopt}};
  const auto windows = calendar_windows(schedule, at("2026-01-09T00:00:00Z"), at("2026-01-10T00:00:00Z"));
  ASSERT_TRUE(windows);
  ASSERT_EQ(windows->size(), 2u);
  EXPECT_EQ((*windows)[0].name, "early");
}

TEST(Schedule, NamesTheFieldAndTheValueOfABadCron) {
  for (const char* cron : {"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8", "5-1 * * * *",
                           "*/0 * * * *", "a * * * *", "1,,2 * * * *", "@daily", "1- * * * *", "-1 * * * *", "1/ * * * *", "* * * * FRI-"}) {
    const std::vector<ScheduleEntry> schedule = {{"morning", cron, "UTC", 60, 3, std::nullopt}};
    const auto windows = calendar_windows(schedule, Seconds(0), Seconds(60));
    ASSERT_FALSE(windows) << cron;
    EXPECT_EQ(windows.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(windows.error().message, HasSubstr("spec.schedule[morning].cron: Invalid value: \"" + std::string(cron) + "\""));
    EXPECT_THAT(windows.error().message, HasSubstr("must"));
  }
}

TEST(Schedule, NamesABadTimeZone) {
  const std::vector<ScheduleEntry> schedule = {{"morning", "0 8 * * *", "Europe/Atlantis", 60, 3, std::nullopt}};
  const auto windows = calendar_windows(schedule, Seconds(0), Seconds(60));
  ASSERT_FALSE(windows);
  EXPECT_THAT(windows.error().message, HasSubstr("spec.schedule[morning].timeZone: Invalid value: \"Europe/Atlantis\": must be a time zone"));
}

}  // namespace
}  // namespace spillway::v1alpha1
