#include "operator/api/views.hpp"

#include <gtest/gtest.h>

#include "tests/operator/insight/world.hpp"

namespace spillway::api {
namespace {

TEST(Views, HorizonsAreAscendingAndALeadStandsThereOnce) {
  insight::Scores scores;
  scores.horizons = {{15.0, 10}, {1.0, 4}, {1.0, 9}, {17.0, 3}};
  const Json horizons = view(scores)["horizons"];
  ASSERT_EQ(horizons.size(), 3u);
  EXPECT_EQ(horizons[0]["leadSeconds"], 1.0);
  EXPECT_EQ(horizons[0]["samples"], 9) << "the one that was judged more often";
  EXPECT_EQ(horizons[2]["leadSeconds"], 17.0);
}

TEST(Views, AnIncidentThatCannotBeJudgedNowSpeaksOfThePast) {
  insight::Incident incident{.id = "1", .judged = 3600.0, .period = 15.0};
  incident.symptom.cause = "Demand is 5 requests/s.";
  EXPECT_EQ(view(incident, 3630.0)["cause"], "Demand is 5 requests/s.");
  EXPECT_EQ(view(incident, 3631.0)["cause"], "Last judged at 01:00:00 UTC; it cannot be judged now. Then: Demand is 5 requests/s.");
  incident.resolved = 3620.0;
  EXPECT_EQ(view(incident, 9000.0)["cause"], "Demand is 5 requests/s.");
}

TEST(Views, LimitsAreThoseInForceAndWhatWasNotMeasuredIsNull) {
  insight::World world;
  world.see(10).predict(10);
  world.verdict.observation.calendar = {{"day", Seconds(0), Seconds(5000), 7, std::nullopt}};
  world.verdict.trace.estimate.rejections = {{"latency", "Timeout", 0.0}};
  const auto policy = std::make_shared<insight::PolicyView>(world.view());
  const Json detail = detail_view({policy, insight::summarize(*policy, 0, false), {}, {}}, {}, world.now);
  EXPECT_EQ(detail["limits"]["minReplicas"], 7);
  EXPECT_TRUE(detail["estimate"]["rejections"][0]["value"].is_null());
}

}  // namespace
}  // namespace spillway::api
