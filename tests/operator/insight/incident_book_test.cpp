#include "operator/insight/incident_book.hpp"

#include "crds/v1alpha1/conditions.hpp"
#include "operator/insight/journal_json.hpp"
#include "operator/insight/rules.hpp"
#include "tests/operator/insight/world.hpp"

namespace spillway::insight {
namespace {

class IncidentBookTest : public testing::Test {
 protected:
  std::vector<Incident> step() {
    auto changed = book.observe(world.view());
    world.later();
    return changed;
  }
  std::optional<Incident> open(Rule rule) const {
    for (const Incident& incident : book.list()) {
      if (incident.open() && incident.rule == rule) return incident;
    }
    return std::nullopt;
  }
  void calm(int steps) {
    world.see(10).predict(10);
    world.status.conditions.clear();
    for (int i = 0; i < steps; ++i) step();
  }

  World world;
  IncidentBook book;
};

TEST_F(IncidentBookTest, NothingIsOpenWhileAllIsWell) {
  calm(20);
  EXPECT_TRUE(book.list().empty());
}

TEST_F(IncidentBookTest, CollapseRiskOpensExplainsItselfAndIsResolvedByWhatReallyCame) {
  world.see(38, 5).predict(50, 0.6);
  step();
  const auto incident = open(Rule::kCollapseRisk);
  ASSERT_TRUE(incident);
  EXPECT_EQ(incident->symptom.priority, Priority::kHigh);
  EXPECT_NE(incident->symptom.cause.find("38 requests/s"), std::string::npos);
  EXPECT_NE(incident->symptom.prediction.find("60 %"), std::string::npos);
  world.see(38, 50);  // limit 0.5 s x 40/s = 20
  const auto changed = step();
  ASSERT_FALSE(changed.empty());
  EXPECT_EQ(open(Rule::kCollapseRisk)->symptom.priority, Priority::kCritical);
  EXPECT_EQ(open(Rule::kCollapseRisk)->id, incident->id);
  calm(3);
  EXPECT_FALSE(open(Rule::kCollapseRisk));
  EXPECT_FALSE(book.find(incident->id)->outcome.empty());
}

TEST_F(IncidentBookTest, AnOpenIncidentEndsOnlyBelowALowerThreshold) {
  world.see(20).predict(20, 0.5);
  step();
  world.predict(20, 0.3);
  for (int i = 0; i < 10; ++i) step();
  EXPECT_TRUE(open(Rule::kCollapseRisk)) << "30 % would not open it, but does not end it";
  world.predict(20, 0.1);
  for (int i = 0; i < 3; ++i) step();
  EXPECT_FALSE(open(Rule::kCollapseRisk));
}

TEST_F(IncidentBookTest, OneThatComesBackWithinTheCooldownIsTheSameAndALaterOneIsNew) {
  world.see(20).predict(20, 0.9);
  step();
  const std::string id = open(Rule::kCollapseRisk)->id;
  calm(3);
  world.predict(20, 0.9);
  step();
  EXPECT_EQ(open(Rule::kCollapseRisk)->id, id);
  calm(3);
  world.later(IncidentBook::kCooldown).predict(20, 0.9);
  step();
  EXPECT_NE(open(Rule::kCollapseRisk)->id, id);
  EXPECT_EQ(book.list().size(), 2u);
}

TEST_F(IncidentBookTest, ASingleRejectedSampleIsNoIncidentAndASecondOneInARowIs) {
  world.see(10).predict(10);
  world.verdict.trace.estimate.rejections = {{"arrivalRate", "Spike", 1e6}};
  step();
  EXPECT_FALSE(open(Rule::kSamplesRejected));
  step();
  const auto incident = open(Rule::kSamplesRejected);
  ASSERT_TRUE(incident);
  EXPECT_NE(incident->symptom.cause.find("Spike"), std::string::npos);
}

TEST_F(IncidentBookTest, SaturationAheadIsMorePressingThanAStartCanHelp) {
  world.see(30).predict(50, 0.1, 40.0);
  step();
  EXPECT_EQ(open(Rule::kSaturationPredicted)->symptom.priority, Priority::kMedium);
  world.predict(50, 0.1, 10.0);
  step();
  EXPECT_EQ(open(Rule::kSaturationPredicted)->symptom.priority, Priority::kHigh);
}

TEST_F(IncidentBookTest, WhatIsOnlyWishedForIsNotToldAsDone) {
  world.mode = Mode::kDryRun;
  world.pods(2).see(99, 50).predict(99, 0.9);
  world.verdict.decision.replicas = 10;
  world.verdict.decision.reason = "BacklogGrowth";
  world.verdict.decision.message = "2 -> 10: 99 rps arriving";
  for (int i = 0; i < 3; ++i) step();
  EXPECT_FALSE(open(Rule::kAtMaximum)) << "the target has 2";
  const auto incident = open(Rule::kCollapseRisk);
  ASSERT_TRUE(incident);
  EXPECT_EQ(incident->symptom.priority, Priority::kHigh) << "one less than Critical";
  EXPECT_EQ(incident->symptom.action, "Would have asked for 10 instead of 2 replicas, which the mode DryRun forbids (BacklogGrowth): 99 rps arriving");
}

TEST_F(IncidentBookTest, AnActionSaysTheMoveOnce) {
  world.see(38, 50).predict(50, 0.9);
  world.verdict.decision.replicas = 8;
  world.verdict.decision.reason = "BacklogGrowth";
  world.verdict.decision.message = "4 -> 8: 38 rps arriving";
  step();
  EXPECT_EQ(open(Rule::kCollapseRisk)->symptom.action, "4 -> 8 replicas (BacklogGrowth): 38 rps arriving");
}

TEST_F(IncidentBookTest, MoreThanTheLimitWaitingIsNoPrediction) {
  world.see(38, 50).predict(50, 1.0);
  step();
  const Symptom symptom = open(Rule::kCollapseRisk)->symptom;
  EXPECT_EQ(symptom.prediction, "More than the limit of 20 wait already.");
  EXPECT_EQ(symptom.title, "checkout: more requests are waiting than the limit allows");
  const auto breach = std::ranges::find(symptom.evidence, "breachProbability", &Evidence::name);
  ASSERT_NE(breach, symptom.evidence.end());
  EXPECT_DOUBLE_EQ(breach->value, 100.0);
  EXPECT_EQ(breach->unit, "%");
}

TEST_F(IncidentBookTest, WithoutMetricsItSaysWhatThisPolicyWillDo) {
  world.see_nothing().condition(v1alpha1::kMetricsFresh, v1alpha1::ConditionStatus::kFalse, "Timeout");
  world.law.on_missing_metrics = FallbackAction::kHold;
  for (int i = 0; i < 2; ++i) step();
  EXPECT_EQ(open(Rule::kSamplesRejected)->symptom.prediction, "The number of replicas stays as it is until metrics are back.");
  world.law.on_missing_metrics = FallbackAction::kReplicas;
  world.law.fallback_after = Seconds(120);
  world.law.fallback_replicas = 6;
  step();
  EXPECT_EQ(open(Rule::kSamplesRejected)->symptom.prediction,
            "Nothing shrinks; once demand has not been known for 120 s the fallback asks for 6 replicas.");
}

TEST_F(IncidentBookTest, NewFiguresAreToldNowAndThenAndDoNotWeighAsMuchAsAChange) {
  world.see(20).predict(20, 0.6);
  EXPECT_EQ(step().size(), 1u);
  const unsigned long weight = book.weight();
  EXPECT_TRUE(step().empty()) << "nothing is new";
  world.predict(20, 0.7);
  EXPECT_EQ(step().size(), 1u);
  world.later(-9).predict(20, 0.8);
  EXPECT_TRUE(step().empty()) << "one second later";
  world.predict(20, 0.9);
  EXPECT_EQ(step().size(), 1u);
  EXPECT_EQ(book.weight(), weight);
}

TEST_F(IncidentBookTest, OneThatCannotBeJudgedIsOfThePast) {
  world.see(20).predict(20, 0.9);
  step();
  const double judged = open(Rule::kCollapseRisk)->judged;
  EXPECT_FALSE(open(Rule::kCollapseRisk)->stale(judged + 20));
  world.see_nothing();
  for (int i = 0; i < 3; ++i) step();
  EXPECT_EQ(open(Rule::kCollapseRisk)->judged, judged);
  EXPECT_TRUE(open(Rule::kCollapseRisk)->stale(world.now));
  EXPECT_TRUE(from_text(to_text({book.list(), {}})).incidents.at(0).stale(world.now)) << "also after a restart";
}

TEST_F(IncidentBookTest, AtMaximumNeedsTheWishForMore) {
  world.pods(10).see(10).predict(10);
  for (int i = 0; i < 3; ++i) step();
  EXPECT_FALSE(open(Rule::kAtMaximum)) << "standing at the maximum is no trouble by itself";
  world.see(99, 10).condition(v1alpha1::kScalingLimited, v1alpha1::ConditionStatus::kTrue, "TooManyReplicas");
  for (int i = 0; i < 2; ++i) step();
  EXPECT_TRUE(open(Rule::kAtMaximum));
  world.pods(8);
  calm(3);
  EXPECT_FALSE(open(Rule::kAtMaximum));
}

TEST_F(IncidentBookTest, ARegimeShiftIsToldAndDoesNotStay) {
  world.see(30).predict(30);
  world.verdict.trace.estimate.regime_shift = true;
  step();
  EXPECT_TRUE(open(Rule::kRegimeShift));
  world.verdict.trace.estimate.regime_shift = false;
  for (int i = 0; i < 4; ++i) step();
  EXPECT_FALSE(open(Rule::kRegimeShift));
}

TEST_F(IncidentBookTest, AConflictIsAnIncidentAlsoWhenNoDecisionIsTaken) {
  world.condition(v1alpha1::kConflicted, v1alpha1::ConditionStatus::kTrue, "HorizontalPodAutoscaler");
  PolicyView view = world.view();
  view.findings.verdict.reset();
  book.observe(view);
  EXPECT_TRUE(open(Rule::kConflict));
}

TEST_F(IncidentBookTest, NoneIsStuckWhenThePolicyGoesOrNobodyJudgesAnyMore) {
  world.see(20).predict(20, 0.9);
  step();
  EXPECT_TRUE(book.sweep(world.now + 10).empty());
  EXPECT_EQ(book.sweep(world.now + 1000).size(), 1u);
  EXPECT_FALSE(open(Rule::kCollapseRisk));
  world.later(2000);
  step();
  EXPECT_EQ(book.forget(world.object.meta.key(), world.now).size(), 1u);
  EXPECT_FALSE(open(Rule::kCollapseRisk));
}

TEST_F(IncidentBookTest, AnAcknowledgementEndsByItself) {
  world.see(20).predict(20, 0.9);
  step();
  const std::string id = open(Rule::kCollapseRisk)->id;
  ASSERT_TRUE(book.acknowledge(id, {"jane", world.now, world.now + 60, "known"}));
  EXPECT_TRUE(book.find(id)->acknowledged(world.now + 59));
  EXPECT_FALSE(book.find(id)->acknowledged(world.now + 60));
  ASSERT_TRUE(book.withdraw(id, world.now));
  EXPECT_FALSE(book.find(id)->acknowledged(world.now));
  EXPECT_EQ(book.acknowledge("no such", {}).error().kind, ErrorKind::kNotFound);
}

TEST_F(IncidentBookTest, ListsOfAnIncidentAreBounded) {
  world.see(20).predict(20, 0.9);
  world.verdict.write.outcome = autoscaler_policy::WriteOutcome::kWritten;
  for (int i = 0; i < 100; ++i) step();
  const Incident incident = *open(Rule::kCollapseRisk);
  EXPECT_LE(incident.updates.size(), IncidentBook::kMostUpdates);
  EXPECT_LE(incident.decision_ids.size(), IncidentBook::kMostDecisions);
  EXPECT_TRUE(incident.updates.front().message.starts_with("opened"));
}

TEST_F(IncidentBookTest, WhatOneProcessLeavesAnotherTakesUp) {
  world.see(20).predict(20, 0.9);
  step();
  const std::string id = open(Rule::kCollapseRisk)->id;
  book.acknowledge(id, {"jane", world.now, world.now + 600, "known"});
  const auto text = to_text({book.list(), {{"audit-1", 5.0, "jane", "SetMode", {"shop", "checkout"}, "mode: Paused", "Applied", ""}}});
  auto kept = from_text(text);
  ASSERT_EQ(kept.incidents.size(), 1u);
  ASSERT_EQ(kept.audit.size(), 1u);
  EXPECT_EQ(kept.audit[0].policy.name, "checkout");

  IncidentBook later;
  later.observe(world.later().view());  // the same trouble is seen before the past is read
  later.restore(std::move(kept.incidents), world.now);
  ASSERT_EQ(later.list().size(), 1u);
  EXPECT_EQ(later.list()[0].id, id) << "the older onset stands";
  EXPECT_TRUE(later.list()[0].acknowledged(world.now));
  for (int i = 0; i < 3; ++i) later.observe(world.later().see(10).predict(10).view());
  EXPECT_FALSE(later.list()[0].open()) << "and it can end";
}

TEST_F(IncidentBookTest, AJournalThatCannotBeReadIsAnEmptyOne) {
  for (const char* text : {"", "null", "[1, {}, []]", "[{\"id\": 3}]", "{"}) {
    const auto kept = from_text({text, text});
    EXPECT_TRUE(kept.incidents.empty() && kept.audit.empty()) << text;
  }
}

TEST_F(IncidentBookTest, TheJournalStaysWithinAConfigMap) {
  std::vector<Incident> many(5000);
  for (auto& incident : many) incident.symptom.cause = std::string(1000, 'x');
  EXPECT_LT(to_text({many, {}}).incidents.size(), 800u * 1024);
  EXPECT_GT(from_text(to_text({many, {}})).incidents.size(), 100u);
}

}  // namespace
}  // namespace spillway::insight
