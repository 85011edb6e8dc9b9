#include "operator/insight/score_metrics.hpp"

#include "operator/telemetry/operator_metrics.hpp"
#include "tests/operator/insight/world.hpp"

namespace spillway::insight {
namespace {

/// The series of open incidents, as they follow from what a read model tells.
class IncidentSeriesTest : public testing::Test {
 protected:
  static constexpr const char* kSeries = "spillway_incident_open{";

  void follow(ReadModel& model) {
    model.listen({.updated = [this](const Update& update) { publish(metrics, update); },
                  .gone = {},
                  .incident = [this](const Incident& incident) { publish(metrics, incident); },
                  .audited = {}});
  }
  void report(ReadModel& model) {
    const PolicyView view = world.view();
    v1alpha1::ResolvedPolicy resolved;
    resolved.policy = world.law;
    model.reported({view.object, view.findings, world.status, resolved});
    world.later();
  }
  void overload(ReadModel& model) {
    world.see(60, 100).predict(60, 0.9);
    report(model);
    ASSERT_NE(metrics.text().find(kSeries), std::string::npos);
  }

  World world;
  telemetry::MetricRegistry metrics;
};

TEST_F(IncidentSeriesTest, EndWithAnIncidentThatNobodyJudgesAnyMore) {
  ReadModel model;
  follow(model);
  overload(model);
  model.sweep(world.now + 3600.0);
  EXPECT_EQ(metrics.text().find(kSeries), std::string::npos);
}

TEST_F(IncidentSeriesTest, BeginAgainAfterAFailoverWithTheIncidentsThatWereTakenOver) {
  ReadModel first;
  follow(first);
  overload(first);
  metrics.remove_series(telemetry::policy_labels("shop", "checkout"));
  ReadModel next;
  follow(next);
  next.restore(first.keepsakes([](const kube::ObjectKey&) { return true; }), world.now);
  report(next);
  EXPECT_NE(metrics.text().find(kSeries), std::string::npos);
}

}  // namespace
}  // namespace spillway::insight
