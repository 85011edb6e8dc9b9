#include "controllers/autoscaler_policy/pods.hpp"

#include "controllers/autoscaler_policy/tick_grid.hpp"

namespace spillway::autoscaler_policy {
namespace {

std::shared_ptr<const kube::Pod> pod(const std::string& uid, int created, std::optional<int> ready_since,
                                     bool unschedulable = false) {
  auto pod = std::make_shared<kube::Pod>();
  pod->meta.uid = uid;
  pod->meta.created = io::WallTime(std::chrono::seconds(created));
  pod->ready = ready_since.has_value();
  if (ready_since) pod->ready_since = io::WallTime(std::chrono::seconds(*ready_since));
  pod->unschedulable = unschedulable;
  return pod;
}

TEST(CountPods, counts_pods_as_what_they_are) {
  const PodCensus census = count_pods({pod("a", 0, 5), pod("b", 90, {}), pod("c", 95, {}, true)}, 3, Seconds(100));
  EXPECT_EQ(census.ready, 1);
  ASSERT_EQ(census.pending.size(), 2u);
  EXPECT_EQ(census.pending[0].age, Seconds(10));
  EXPECT_TRUE(census.pending[0].schedulable);
  EXPECT_FALSE(census.pending[1].schedulable);
  EXPECT_TRUE(census.unschedulable);
}

TEST(CountPods, leaves_the_surge_of_a_rollout_out) {
  const PodCensus census =
      count_pods({pod("a", 0, 5), pod("b", 0, 5), pod("c", 50, 60), pod("d", 90, {})}, 2, Seconds(100));
  EXPECT_EQ(census.ready, 2);
  EXPECT_TRUE(census.pending.empty());
}

TEST(CountPods, keeps_the_oldest_pending_pods_when_there_are_too_many) {
  const PodCensus census = count_pods({pod("a", 99, {}), pod("b", 50, {})}, 1, Seconds(100));
  ASSERT_EQ(census.pending.size(), 1u);
  EXPECT_EQ(census.pending[0].age, Seconds(50));
}

TEST(StartupLedger, tells_each_pod_once) {
  StartupLedger ledger;
  EXPECT_THAT(ledger.take_new({pod("a", 0, 20), pod("b", 0, {})}), testing::ElementsAre(Seconds(20)));
  EXPECT_THAT(ledger.take_new({pod("a", 0, 20), pod("b", 0, 31)}), testing::ElementsAre(Seconds(31)));
  EXPECT_TRUE(ledger.take_new({pod("a", 0, 20), pod("b", 0, 31)}).empty());
}

TEST(StartupLedger, does_not_take_a_flap_of_readiness_for_a_start) {
  StartupLedger ledger;
  ledger.take_new({pod("a", 0, 20)});
  EXPECT_TRUE(ledger.take_new({pod("a", 0, {})}).empty());
  EXPECT_TRUE(ledger.take_new({pod("a", 0, 500)}).empty());
}

io::MonotonicTime at(int seconds) {
  return io::MonotonicTime(std::chrono::seconds(seconds));
}

TEST(TickGrid, stays_on_its_grid_and_counts_what_it_missed) {
  TickGrid ticks;
  ticks.use_period(std::chrono::seconds(10), at(3));
  EXPECT_TRUE(ticks.is_due(at(3)));
  EXPECT_EQ(ticks.advance(at(4)), 0);
  EXPECT_EQ(ticks.due(), at(13));
  EXPECT_FALSE(ticks.is_due(at(12)));
  EXPECT_EQ(ticks.advance(at(35)), 2);
  EXPECT_EQ(ticks.due(), at(43));
}

TEST(TickGrid, is_not_moved_by_a_decision_before_its_time) {
  TickGrid ticks;
  ticks.use_period(std::chrono::seconds(10), at(0));
  ticks.advance(at(0));
  EXPECT_EQ(ticks.advance(at(7)), 0);
  EXPECT_EQ(ticks.due(), at(10));
}

TEST(TickGrid, starts_again_when_the_period_changes) {
  TickGrid ticks;
  ticks.use_period(std::chrono::seconds(100), at(0));
  ticks.advance(at(0));
  ticks.use_period(std::chrono::seconds(5), at(20));
  EXPECT_TRUE(ticks.is_due(at(20)));
}

}  // namespace
}  // namespace spillway::autoscaler_policy
