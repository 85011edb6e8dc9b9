#include "operator/load/report.hpp"

#include <sstream>

namespace spillway::load {
namespace {

using testing::HasSubstr;

Record record(double second, double latency_ms, int outcome) {
  return {second, static_cast<std::uint32_t>(latency_ms * 1000), 0, static_cast<std::int16_t>(outcome), 2};
}

TargetRecords hundred() {
  TargetRecords target{"web", {}};
  for (int i = 1; i <= 100; ++i) target.records.push_back(record(i / 50.1, i, 200));
  return target;
}

TEST(Report, GivesExactPercentilesByNearestRank) {
  const Report report = summarize(hundred(), Seconds(0), Seconds(2), 90);
  EXPECT_EQ(report.scheduled, 100u);
  EXPECT_EQ(report.latency.p50, 50);
  EXPECT_EQ(report.latency.p90, 90);
  EXPECT_EQ(report.latency.p95, 95);
  EXPECT_EQ(report.latency.p99, 99);
  EXPECT_EQ(report.latency.max, 100);
  EXPECT_EQ(report.late, 10u);
  EXPECT_EQ(report.throughput_rps, 50);
  EXPECT_EQ(report.success_ratio, 1);
}

TEST(Report, QuickRefusalsDoNotFlatterThePercentilesAndTimeoutsCount) {
  TargetRecords target = hundred();
  for (int i = 0; i < 100; ++i) target.records.push_back(record(0.5, 1, i % 2 == 0 ? 503 : kConnectionFailed));
  target.records.push_back(record(0.5, 10000, kTimedOut));
  const Report report = summarize(target, Seconds(0), Seconds(2), 500);
  EXPECT_EQ(report.latency.p50, 51);
  EXPECT_EQ(report.latency.max, 10000);
  EXPECT_NEAR(report.success_ratio, 100.0 / 201.0, 1e-12);
  EXPECT_NEAR(report.late_or_failed_ratio, 101.0 / 201.0, 1e-12);
  EXPECT_EQ(report.outcomes.at("503"), 50u);
  EXPECT_EQ(report.outcomes.at("timeout"), 1u);
  EXPECT_EQ(report.outcomes.at("connection failed"), 50u);
}

TEST(Report, CoversOnlyItsWindow) {
  EXPECT_EQ(summarize(hundred(), Seconds(1), Seconds(2), 500).scheduled, 50u);
  EXPECT_EQ(summarize(hundred(), Seconds(5), Seconds(6), 500).scheduled, 0u);
}

TEST(Report, TheSeriesHasEverySecondAndBelongsToTheScheduledTime) {
  TargetRecords target{"app in (a,b)", {record(0.1, 3000, 200), record(2.5, 7, 503), record(2.6, 5, kNoEndpoint)}};
  std::ostringstream out;
  write_series_csv(out, target, Seconds(3), true);
  EXPECT_EQ(out.str(),
            "target,t,scheduled,sent,ok,errors,p50_ms,p95_ms,p99_ms,max_ms,endpoints\n"
            "\"app in (a,b)\",0,1,1,1,0,3000.000,3000.000,3000.000,3000.000,2\n"
            "\"app in (a,b)\",1,0,0,0,0,0.000,0.000,0.000,0.000,0\n"
            "\"app in (a,b)\",2,2,1,0,2,0.000,0.000,0.000,0.000,2\n");
}

TEST(Report, TheTableShowsFiguresHistogramAndOutcomes) {
  const Report reports[] = {summarize(hundred(), Seconds(0), Seconds(2), 500)};
  std::ostringstream out;
  write_table(out, reports);
  EXPECT_THAT(out.str(), HasSubstr("web"));
  EXPECT_THAT(out.str(), HasSubstr("<=    100 ms        50  ####"));
  EXPECT_THAT(out.str(), HasSubstr("200: 100"));
}

TEST(Report, AnEmptyRunIsReportedAndNotDividedBy) {
  const Report reports[] = {summarize({"web", {}}, Seconds(0), Seconds(0), 500)};
  EXPECT_EQ(reports[0].success_ratio, 0);
  std::ostringstream table, json;
  write_table(table, reports);
  write_json(json, reports);
  EXPECT_THAT(json.str(), HasSubstr("\"scheduled\": 0"));
}

}  // namespace
}  // namespace spillway::load
