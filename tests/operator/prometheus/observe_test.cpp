#include "operator/prometheus/observe.hpp"

namespace spillway::prometheus {
namespace {

constexpr Seconds kNow{1000.0};
const MetricQuery kMetric{"q", "f", "c", Seconds(60)};

Reading at(double value, double time) {
  return Reading::of(value, Seconds(time));
}

TEST(Judge, TakesTheTimeOfTheOldestSampleFromTheFreshnessQuery) {
  const Reading freshness = at(960.0, 1000.0);
  const Reading judged = judge(at(5.0, 1000.0), kMetric, &freshness, nullptr, 3, kNow);
  EXPECT_TRUE(judged.usable());
  EXPECT_EQ(judged.time, Seconds(960.0));
}

TEST(Judge, CallsAnOldSampleStaleButKeepsItsValue) {
  const Reading freshness = at(930.0, 1000.0);
  const Reading judged = judge(at(5.0, 1000.0), kMetric, &freshness, nullptr, 3, kNow);
  EXPECT_EQ(judged.absence, Absence::kStale);
  EXPECT_EQ(judged.value, 5.0);
  EXPECT_EQ(judged.detail, "the sample is 70 s old, maxAgeSeconds is 60 s");
}

TEST(Judge, JudgesTheSamplesOwnTimeWithoutAFreshnessQuery) {
  EXPECT_EQ(judge(at(5.0, 900.0), kMetric, nullptr, nullptr, 3, kNow).absence, Absence::kStale);
  EXPECT_TRUE(judge(at(5.0, 940.0), kMetric, nullptr, nullptr, 3, kNow).usable());
}

TEST(Judge, AnAgeThatCannotBeShownIsStale) {
  const Reading freshness = Reading::missing(Absence::kEmpty, "the query returned no series");
  const Reading judged = judge(at(5.0, 1000.0), kMetric, &freshness, nullptr, 3, kNow);
  EXPECT_EQ(judged.absence, Absence::kStale);
  EXPECT_THAT(judged.detail, testing::HasSubstr("no series"));
}

TEST(Judge, ATimeInTheFutureCountsAsNow) {
  const Reading freshness = at(1003.0, 1000.0);
  EXPECT_EQ(judge(at(5.0, 1000.0), kMetric, &freshness, nullptr, 3, kNow).time, kNow);
}

TEST(Judge, CallsAValuePartialWhenFewerPodsReportThanAreReady) {
  const Reading coverage = at(2.0, 1000.0);
  const Reading judged = judge(at(5.0, 1000.0), kMetric, nullptr, &coverage, 3, kNow);
  EXPECT_EQ(judged.absence, Absence::kPartial);
  EXPECT_EQ(judged.value, 5.0);
  EXPECT_EQ(judged.detail, "2 of 3 ready pods report");
  EXPECT_TRUE(judge(at(5.0, 1000.0), kMetric, nullptr, &coverage, 2, kNow).usable());
}

TEST(Judge, ACountOfNothingIsNoCoverage) {
  const Reading coverage = Reading::missing(Absence::kEmpty);
  EXPECT_EQ(judge(at(5.0, 1000.0), kMetric, nullptr, &coverage, 3, kNow).absence, Absence::kPartial);
  EXPECT_TRUE(judge(at(5.0, 1000.0), kMetric, nullptr, &coverage, 0, kNow).usable());
}

TEST(Judge, LeavesAMissingValueWithItsOwnReason) {
  const Reading coverage = at(0.0, 1000.0);
  EXPECT_EQ(judge(Reading::missing(Absence::kNotANumber), kMetric, nullptr, &coverage, 3, kNow).absence,
            Absence::kNotANumber);
}

TEST(HistoryStep, IsTheFinestWholeMultipleThatFits) {
  EXPECT_EQ(history_step(Seconds(0), Seconds(600), Seconds(60), 100), Seconds(60));
  EXPECT_EQ(history_step(Seconds(0), Seconds(86400 * 14), Seconds(15), 20161), Seconds(60));
  EXPECT_EQ(history_step(Seconds(0), Seconds(0), Seconds(15), 10), Seconds(15));
}

}  // namespace
}  // namespace spillway::prometheus
