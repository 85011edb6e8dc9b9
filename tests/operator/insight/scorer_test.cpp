#include "operator/insight/scorer.hpp"

#include "tests/operator/insight/world.hpp"

namespace spillway::insight {
namespace {

class ScorerTest : public testing::Test {
 protected:
  void step() {
    scorer.observe(world.verdict, world.law, Seconds(world.now));
    world.later();
  }
  const Scores& scores() const { return scorer.scores(); }

  World world;
  Scorer scorer;
};

TEST_F(ScorerTest, AForecastIsJudgedWhenItsMomentHasComeAndAgainstHolding) {
  world.see(10).predict(30);
  step();
  EXPECT_EQ(scores().horizons[0].samples, 0);
  world.see(25);
  step();  // one period later
  ASSERT_EQ(scores().horizons.size(), 3u);
  EXPECT_DOUBLE_EQ(scores().horizons[0].lead, 10);
  EXPECT_EQ(scores().horizons[0].samples, 1);
  EXPECT_DOUBLE_EQ(scores().horizons[0].error_sum, 5);
  EXPECT_DOUBLE_EQ(scores().horizons[0].hold_error_sum, 15);
  EXPECT_EQ(scores().horizons[1].samples, 0) << "the start-up lag of 20 s is not over";
  step();
  EXPECT_EQ(scores().horizons[1].samples, 1);
}

TEST_F(ScorerTest, CoverageCountsHowOftenDemandStayedBelowEachQuantile) {
  world.see(10);
  for (auto& stage : world.verdict.trace.forecast.quantiles) stage = {1, 5, 9, 10, 11, 12, 13, 14, 15};
  for (int i = 0; i < 12; ++i) step();
  EXPECT_EQ(scores().coverage_samples, 10);
  EXPECT_EQ(scores().covered[2], 0) << "9 < 10";
  EXPECT_EQ(scores().covered[3], 10) << "10 <= 10";
  EXPECT_EQ(scores().covered[8], 10);
}

TEST_F(ScorerTest, APredictionWhoseMomentPassedUnseenIsNotJudged) {
  world.see(10).predict(30);
  step();
  world.later(500);
  step();
  EXPECT_EQ(scores().horizons[0].samples, 0);
}

TEST_F(ScorerTest, TheBrierScoreComparesProbabilityAndWhatCame) {
  world.see(10).predict(10, 0.8);
  step();  // within 60 s the backlog passes its limit of 0.5 s x 40/s = 20
  world.predict(10, 0.0).see(10, 21);
  step();
  world.see(10, 0);
  for (int i = 0; i < 8; ++i) step();
  EXPECT_EQ(scores().breach.events, 1.0);
  ASSERT_EQ(scores().breach.statements, 2.0) << "one before the breach, none while it lasted, one after it that has come due";
  EXPECT_NEAR(scores().breach.brier, 0.04 / 2.0, 1e-9);
}

TEST_F(ScorerTest, TheAlarmIsComparedWithOneOnUtilisation) {
  world.see(20).predict(20, 0.3);
  step();  // an alarm while only half of 40/s is used
  world.see(38, 21).predict(38, 0.0);
  step();  // the breach
  world.see(38, 0);
  for (int i = 0; i < 8; ++i) step();  // busy, and nothing comes of it
  const auto& breach = scores().breach;
  EXPECT_DOUBLE_EQ(breach.forecast.precision, 1.0);
  EXPECT_DOUBLE_EQ(breach.forecast.recall, 1.0);
  EXPECT_DOUBLE_EQ(breach.forecast.lead_time, 10.0);
  EXPECT_DOUBLE_EQ(breach.rival.recall, 0.0);
  EXPECT_DOUBLE_EQ(breach.rival.precision, 0.0);
}

TEST_F(ScorerTest, AWarningIsAHitWhenDemandPassesWhatWasReadyThenAlthoughReplicasWereAddedInTime) {
  world.see(35).predict(50, 0.0, 20.0);
  step();
  world.pods(6).see(45).predict(45);  // grown: 45 of 60 are no saturation now, but 40 were ready at the warning
  step();
  EXPECT_EQ(scores().hits, 1);
  EXPECT_EQ(scores().false_alarms, 0);
  EXPECT_EQ(scores().misses, 0);
  EXPECT_DOUBLE_EQ(*scores().median_warning_lead(), 10);
}

TEST_F(ScorerTest, AWarningThatNothingFollowsIsAFalseAlarmAndSaturationWithoutOneAMiss) {
  world.see(20).predict(50, 0.0, 20.0);
  step();
  world.predict(20);
  for (int i = 0; i < 8; ++i) step();
  EXPECT_EQ(scores().false_alarms, 1);
  world.see(80);
  step();
  step();
  EXPECT_EQ(scores().misses, 1) << "one time of saturation is one miss";
}

TEST_F(ScorerTest, UnknownDemandJudgesNothing) {
  world.see(10).predict(30);
  step();
  world.verdict.trace.estimate.demand_known = false;
  for (int i = 0; i < 3; ++i) step();
  EXPECT_EQ(scores().horizons[0].samples, 0);
}

}  // namespace
}  // namespace spillway::insight
