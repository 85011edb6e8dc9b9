#include "operator/insight/read_model.hpp"

#include "crds/v1alpha1/conditions.hpp"
#include "tests/operator/insight/world.hpp"

namespace spillway::insight {
namespace {

class ReadModelTest : public testing::Test {
 protected:
  void report(bool decided = true) {
    const PolicyView view = world.view();
    autoscaler_policy::Findings findings = view.findings;
    if (!decided) findings.verdict.reset();
    v1alpha1::ResolvedPolicy resolved;
    resolved.policy = world.law;
    model.reported({view.object, findings, world.status, resolved});
    world.later();
  }
  Summary row() { return model.fleet(world.now).rows.at(0); }

  World world;
  ReadModel model;
  const kube::ObjectKey key{"shop", "checkout"};
};

TEST_F(ReadModelTest, AReportBecomesARowASampleAndADecision) {
  Update heard;
  model.listen({.updated = [&](const Update& update) { heard = update; }, .gone = {}, .incident = {}, .audited = {}});
  world.see(20, 3).predict(22, 0.05);
  report();
  EXPECT_EQ(row().key, key);
  EXPECT_DOUBLE_EQ(*row().arrival_rate, 20);
  EXPECT_DOUBLE_EQ(*row().utilization, 0.5);
  ASSERT_TRUE(heard.note && heard.sample);
  EXPECT_EQ(heard.note->id, "shop.checkout-1000000");
  EXPECT_FLOAT_EQ(heard.sample->forecast_median, 22);
  EXPECT_FLOAT_EQ(heard.sample->backlog_limit, 20);
  EXPECT_EQ(model.samples(key)->size(), 1u);
  EXPECT_FALSE(model.samples({"shop", "other"}));
}

TEST_F(ReadModelTest, WithoutADecisionTheFiguresAreUnknownAndTheLastDecisionStays) {
  world.see(20).predict(20);
  report();
  world.condition(v1alpha1::kReady, v1alpha1::ConditionStatus::kFalse, "TargetNotFound");
  report(false);
  EXPECT_FALSE(row().arrival_rate) << "an old figure is not the present";
  EXPECT_FALSE(row().demand_known);
  EXPECT_FALSE(row().ready);
  ASSERT_TRUE(row().last);
  EXPECT_EQ(model.samples(key)->size(), 1u);
  EXPECT_NE(row().situation.find("TargetNotFound"), std::string::npos);
}

TEST_F(ReadModelTest, WhatIsNotSeenIsUnknownAndNotZero) {
  Update heard;
  model.listen({.updated = [&](const Update& update) { heard = update; }, .gone = {}, .incident = {}, .audited = {}});
  world.see(20, 3).predict(20);
  report();
  EXPECT_EQ(total({row()}).backlog, 3.0);
  world.see_nothing();
  report();
  EXPECT_FALSE(row().backlog);
  EXPECT_FALSE(row().arrival_rate);
  EXPECT_FALSE(total({row()}).backlog);
  EXPECT_FALSE(total({row()}).arrival_rate);
  ASSERT_TRUE(heard.sample);
  EXPECT_TRUE(std::isnan(heard.sample->backlog));
}

TEST_F(ReadModelTest, HistoryIsBounded) {
  world.see(20).predict(20);
  for (std::size_t i = 0; i < ReadModel::kSamples + 50; ++i) report();
  EXPECT_EQ(model.samples(key)->size(), ReadModel::kSamples);
  EXPECT_EQ(model.notes(key, {}, false, 500).size(), ReadModel::kDecisions);
  const auto notes = model.notes(key, {}, false, 3);
  ASSERT_EQ(notes.size(), 3u);
  EXPECT_GT(notes[0].time, notes[1].time) << "newest first";
}

TEST_F(ReadModelTest, MovesAreKeptApartSoThatQuietDecisionsDoNotPushThemOut) {
  world.see(20).predict(20);
  world.verdict.write.outcome = autoscaler_policy::WriteOutcome::kWritten;
  report();
  world.verdict.write.outcome = autoscaler_policy::WriteOutcome::kUnchanged;
  for (int i = 0; i < 200; ++i) report();
  EXPECT_EQ(model.notes(key, {}, true, 10).size(), 1u);
  EXPECT_EQ(model.fleet(world.now).totals.moves_last_hour, 1);
  EXPECT_EQ(model.fleet(world.now + 7200).totals.moves_last_hour, 0);
}

TEST_F(ReadModelTest, TheMostUrgentComesFirstAndTheFleetIsOneSentence) {
  world.see(10).predict(10);
  report();
  EXPECT_EQ(describe_fleet(model.fleet(world.now).rows, model.fleet(world.now).totals).find("attention"), std::string::npos);
  world.object.meta.name = "hot";
  world.see(60, 100).predict(60, 0.9, 0.0);
  world.status.zone = v1alpha1::Zone::kCollapse;
  report();
  const Fleet fleet = model.fleet(world.now);
  EXPECT_EQ(fleet.rows[0].key.name, "hot");
  EXPECT_EQ(fleet.rows[0].level, Level::kCritical);
  EXPECT_EQ(fleet.rows[1].level, Level::kOk);
  EXPECT_NE(describe_fleet(fleet.rows, fleet.totals).find("1 of 2 services needs attention: hot"), std::string::npos) << describe_fleet(fleet.rows, fleet.totals);
  EXPECT_EQ(model.fleet(world.now, "elsewhere").rows.size(), 0u);
}

TEST_F(ReadModelTest, UntilAllWereLookedAtTheFleetSaysThatTheOperatorHasJustStarted) {
  const kube::ObjectKey other{"shop", "other"};
  EXPECT_FALSE(model.introduced());
  model.found({key, other});
  EXPECT_TRUE(model.introduced() && model.awaits(key) && model.awaits(other));
  world.see(10).predict(10);
  report();
  EXPECT_FALSE(model.awaits(key));
  Fleet fleet = model.fleet(world.now);
  EXPECT_EQ(fleet.totals.awaited, 1);
  EXPECT_EQ(describe_fleet(fleet.rows, fleet.totals), "The operator has just started: 1 of 2 policies looked at.");
  model.forgotten(other);
  EXPECT_EQ(model.fleet(world.now).totals.awaited, 0);
}

TEST_F(ReadModelTest, MovesAreKnownSinceTheFirstReport) {
  EXPECT_FALSE(model.fleet(world.now).totals.moves_since);
  report();
  report();
  EXPECT_EQ(model.since(), 1000.0);
  EXPECT_EQ(model.fleet(1100.0).totals.moves_since, 1000.0);
  EXPECT_EQ(model.fleet(10000.0).totals.moves_since, 6400.0) << "an hour is enough";
}

TEST_F(ReadModelTest, AnOutageOfMetricsComesBeforeWhatASingleServiceSuffersFrom) {
  world.object.meta.name = "hot";
  world.see(60, 100).predict(60, 0.9, 0.0);
  world.status.zone = v1alpha1::Zone::kCollapse;
  report();
  world.see_nothing().condition(v1alpha1::kMetricsFresh, v1alpha1::ConditionStatus::kFalse, "Timeout");
  for (const char* name : {"a", "b"}) {
    world.object.meta.name = name;
    report();
  }
  const Fleet fleet = model.fleet(world.now);
  EXPECT_TRUE(describe_fleet(fleet.rows, fleet.totals)
                  .starts_with("2 of 3 services have no metrics (Prometheus does not answer): they are held. 1 more needs attention: hot is overloaded"))
      << describe_fleet(fleet.rows, fleet.totals);
}

TEST_F(ReadModelTest, AWishThatNobodyWritesIsNotOnItsWay) {
  world.mode = world.object.policy->spec.mode = Mode::kDryRun;
  world.pods(2).see(60).predict(60);
  world.verdict.decision.replicas = 9;
  report();
  EXPECT_EQ(model.fleet(world.now).totals.desired, 0);
  EXPECT_EQ(model.fleet(world.now).totals.starting, 0);
  world.verdict.observation.ready = 1;
  report();
  EXPECT_EQ(model.fleet(world.now).totals.starting, 1);
}

TEST_F(ReadModelTest, AFloorIsNoReasonAgainstMore) {
  world.see(10).predict(10);
  world.verdict.trace.plan.prices = {{"minReplicas", 50.0}, {"schedule", 20.0}};
  world.verdict.trace.plan.binding_constraint = "minReplicas";
  EXPECT_NE(why_not_more(world.view()).find("Nothing holds it back"), std::string::npos) << why_not_more(world.view());
  world.verdict.trace.plan.prices.push_back({"startupLag", 12.5});
  EXPECT_NE(why_not_more(world.view()).find("12.5 replica-seconds"), std::string::npos);
}

TEST_F(ReadModelTest, WhereNothingWasMeasuredNoFigureWasRefused) {
  Observation seen;
  seen.latency = Reading{};
  EXPECT_FALSE(refused_value(seen, {"latency", "Timeout", 0.0}));
  seen.latency.value = 3.0;
  EXPECT_EQ(refused_value(seen, {"latency", "Spike", 3.0}), 3.0);
}

TEST_F(ReadModelTest, AForgottenPolicyIsGoneAndItsIncidentsAreOver) {
  world.see(60, 100).predict(60, 0.9);
  report();
  std::vector<Incident> ended;
  model.listen({.updated = {}, .gone = [&](const kube::ObjectKey&, const std::vector<Incident>& incidents) { ended = incidents; }, .incident = {}, .audited = {}});
  model.forgotten(key);
  EXPECT_TRUE(model.fleet(world.now).rows.empty());
  EXPECT_FALSE(ended.empty());
  EXPECT_EQ(model.fleet(world.now).totals.open_incidents, 0);
}

TEST_F(ReadModelTest, WhyNotMoreNamesTheGuardThePriceOrNothing) {
  world.see(20).predict(20);
  EXPECT_NE(why_not_more(world.view()).find("Nothing holds it back"), std::string::npos);
  world.verdict.trace.plan.binding_constraint = "startupLag";
  world.verdict.trace.plan.prices = {{"startupLag", 12.5}};
  EXPECT_NE(why_not_more(world.view()).find("12.5 replica-seconds"), std::string::npos);
  world.verdict.decision.trail = {{"StepLimit", 8, 6, "at most 2 a period"}};
  EXPECT_EQ(why_not_more(world.view()), "StepLimit held it at 6 instead of 8: at most 2 a period.");
}

TEST_F(ReadModelTest, TheAuditIsNewestFirstBoundedAndRestored) {
  for (std::size_t i = 0; i < AuditLog::kMost + 10; ++i) model.audit({{}, static_cast<double>(i), "jane", "SetMode", key, "mode: Paused", "Applied", {}});
  EXPECT_EQ(model.audit_log().size(), AuditLog::kMost);
  EXPECT_GT(model.audit_log()[0].time, model.audit_log()[1].time);
  ReadModel next;
  next.restore(model.keepsakes([](const kube::ObjectKey&) { return true; }), world.now);
  EXPECT_EQ(next.audit_log().front().id, model.audit_log().front().id);
}

}  // namespace
}  // namespace spillway::insight
