#include "bench/laws/hpa.hpp"

namespace spillway::bench {
namespace {

// The examples of the Kubernetes documentation, "Horizontal Pod Autoscaling", sections "Algorithm details" and "Scaling
// policies".

TEST(HpaRecommendation, TwiceTheDesiredMetricDoublesAndHalfOfItHalves) {
  EXPECT_EQ(recommend_for_utilization(4, 4, 0.200, 0.100), 8);
  EXPECT_EQ(recommend_for_utilization(4, 4, 0.050, 0.100), 2);
  EXPECT_EQ(recommend_for_average_value(1, 0.100, 0.050), 2);
  EXPECT_EQ(recommend_for_average_value(4, 4 * 0.025, 0.050), 2);
}

TEST(HpaRecommendation, StaysWithinTheToleranceOfTenPercent) {
  EXPECT_EQ(recommend_for_utilization(10, 10, 0.76, 0.70), 10);
  EXPECT_EQ(recommend_for_utilization(10, 10, 0.64, 0.70), 10);
  EXPECT_EQ(recommend_for_utilization(10, 10, 0.78, 0.70), 12);
  EXPECT_EQ(recommend_for_utilization(10, 10, 0.62, 0.70), 9);
  EXPECT_EQ(recommend_for_average_value(10, 109.0, 10.0), 10);
  EXPECT_EQ(recommend_for_average_value(10, 111.0, 10.0), 12);
}

TEST(HpaRecommendation, PodsThatAreNotReadyDampGrowth) {
  // 3 ready at 60 %, 2 starting, target 20 %: without them 9, with them as idle 0.36/0.2 x 5 = 9; half as busy: no
  // change.
  EXPECT_EQ(recommend_for_utilization(5, 3, 0.60, 0.20), 9);
  EXPECT_EQ(recommend_for_utilization(8, 4, 0.90, 0.70), 8)
      << "0.45 over all would mean a shrink: the direction may not turn";
  EXPECT_EQ(recommend_for_utilization(5, 3, 0.35, 0.70), 2) << "a shrink counts only the ready ones";
}

TEST(HpaBehavior, GrowsByTheLargerOfFourPodsAndDoubleInFifteenSeconds) {
  HpaBehavior small;
  EXPECT_EQ(small.limit(0.0, 1, 100, 1, 100), 5);
  HpaBehavior large;
  EXPECT_EQ(large.limit(0.0, 10, 100, 1, 100), 20);
  EXPECT_EQ(large.limit(5.0, 20, 100, 1, 100), 20) << "still the same 15 s";
  EXPECT_EQ(large.limit(15.0, 20, 100, 1, 100), 40);
  EXPECT_EQ(large.limit(30.0, 40, 100, 1, 60), 60) << "maxReplicas";
}

TEST(HpaBehavior, ShrinksToTheHighestRecommendationOfTheLastFiveMinutes) {
  HpaBehavior behavior;
  EXPECT_EQ(behavior.limit(0.0, 10, 10, 1, 100), 10);
  EXPECT_EQ(behavior.limit(15.0, 10, 8, 1, 100), 10);
  for (double t = 30.0; t < 300.0; t += 15.0) EXPECT_EQ(behavior.limit(t, 10, 2, 1, 100), 10) << t;
  EXPECT_EQ(behavior.limit(300.0, 10, 2, 1, 100), 8);
  EXPECT_EQ(behavior.limit(315.0, 8, 2, 1, 100), 2);
}

TEST(HpaBehavior, FollowsTheDocumentedShrinkFromEightyByTenPercentOrFourPods) {
  HpaBehavior behavior({0.0, 100.0, 4, 15.0}, {0.0, 10.0, 4, 60.0});
  std::vector<Replicas> path = {80};
  for (int minute = 0; minute < 14; ++minute) path.push_back(behavior.limit(60.0 * minute, path.back(), 10, 1, 100));
  EXPECT_EQ(path[1], 72);
  EXPECT_EQ(path[2], 64) << "7.2 is rounded up to 8";
  EXPECT_EQ(path.back(), 10);
  for (std::size_t i = 1; i < path.size(); ++i)
    if (path[i - 1] < 40 && path[i - 1] - 4 >= 10) {
      EXPECT_EQ(path[i], path[i - 1] - 4) << "below 40 the four pods are the larger change";
    }
}

TEST(Hpa, AMetricThatCannotBeReadMeansNoChange) {
  Hpa hpa(Service{}, HpaMetric::kRate, 0.7);
  Sight sight;
  sight.seen.replicas = sight.seen.ready = 7;
  sight.seen.arrival_rate = Reading::missing(Absence::kEmpty);
  EXPECT_EQ(hpa.decide(sight), 7);
  sight.seen.arrival_rate = Reading::of(25.0 * 0.7 * 12, Seconds(0));
  EXPECT_EQ(hpa.decide(sight), 12);
}

TEST(Keda, QueueLengthIsDividedByTheTargetPerPod) {
  Hpa keda(Service{}, HpaMetric::kQueueLength, 0.5);
  Sight sight;
  sight.seen.replicas = sight.seen.ready = 4;
  sight.concurrency = 4.0;  // waiting + in service; 0.5 per pod wanted
  EXPECT_EQ(keda.decide(sight), 8);
}

}  // namespace
}  // namespace spillway::bench
