#include "model/plan/bounds.hpp"

#include "tests/model/plan/requests.hpp"

namespace spillway::plan {
namespace {

using testing::calm_request;

TEST(ReconcileBounds, TheMinimumWinsOverTheMaximum) {
  PlanRequest request = calm_request(10, 5);
  request.min_replicas = {8};
  request.max_replicas = {3};
  const auto bounds = reconcile_bounds(request);
  EXPECT_EQ(bounds[0].min, 8);
  EXPECT_EQ(bounds[0].max, 8);
}

TEST(ReconcileBounds, ARaisedMinimumWinsOverStepLimitCooldownAndFlapBudget) {
  PlanRequest request = calm_request(10, 2);
  request.min_replicas = {6};
  request.max_step_up = 1;
  request.no_growth_for = 60;
  request.moves_left = 0;
  EXPECT_EQ(reconcile_bounds(request)[0].start_max, 4);
}

TEST(ReconcileBounds, ALoweredMaximumWinsOverACooldown) {
  PlanRequest request = calm_request(10, 20);
  request.max_replicas = {12};
  request.no_shrink_for = 300;
  EXPECT_EQ(reconcile_bounds(request)[0].stop_max, 8);
}

TEST(ReconcileBounds, StepLimitsCountControlPeriods) {
  PlanRequest request = calm_request(10, 5);
  request.grid = {{0, 15, 30, 80}, {15, 15, 50, 60}};
  request.max_step_up = 2;
  const auto bounds = reconcile_bounds(request);
  EXPECT_EQ(bounds[0].start_max, 2);
  EXPECT_EQ(bounds[2].start_max, 2);
  EXPECT_EQ(bounds[3].start_max, 6);
}

TEST(ReconcileBounds, ACooldownEndsWithItsTime) {
  PlanRequest request = calm_request(10, 5);
  request.no_shrink_for = 20;
  const auto bounds = reconcile_bounds(request);
  EXPECT_EQ(bounds[1].stop_max, 0);
  EXPECT_EQ(bounds[1].stop_limit, "cooldown");
  EXPECT_GT(bounds[2].stop_max, 0);
}

TEST(ReconcileBounds, ACalendarIsTold) {
  PlanRequest request = calm_request(10, 5);
  request.min_replicas.assign(request.grid.size(), 1);
  request.min_replicas[3] = 9;
  const auto bounds = reconcile_bounds(request);
  EXPECT_EQ(bounds[3].min_source, "schedule");
  EXPECT_EQ(bounds[2].min_source, "minReplicas");
}

}  // namespace
}  // namespace spillway::plan
