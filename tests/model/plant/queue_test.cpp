#include "model/plant/queue.hpp"

namespace spillway::plant {
namespace {

TEST(FluidQueue, GrowsByWhatArrivesBeyondService) {
  EXPECT_DOUBLE_EQ(advance_queue(10.0, 100.0, 80.0, 15.0).backlog, 310.0);
}

TEST(FluidQueue, DrainsToZeroAndNotBelow) { EXPECT_DOUBLE_EQ(advance_queue(10.0, 0.0, 80.0, 15.0).backlog, 0.0); }

TEST(FluidQueue, NobodyWaitsLongerThanThePatience) {
  const QueueStep step = advance_queue(1000.0, 100.0, 50.0, 15.0, 4.0);
  EXPECT_DOUBLE_EQ(step.backlog, 400.0);
  EXPECT_DOUBLE_EQ(step.abandoned, 1000.0 + 15.0 * 50.0 - 400.0);
}

TEST(FluidQueue, AShortQueueLosesNobody) { EXPECT_DOUBLE_EQ(advance_queue(10.0, 100.0, 100.0, 15.0, 4.0).abandoned, 0.0); }

TEST(JoiningShare, IsEverythingForASharedQueue) { EXPECT_DOUBLE_EQ(joining_share(4.0, 1.0, 16.0), 1.0); }

TEST(JoiningShare, IsTheOldPodsShareForSeparateQueues) { EXPECT_DOUBLE_EQ(joining_share(4.0, 0.0, 16.0), 0.25); }

TEST(JoiningShare, IsEverythingWhileNoMoreThanTheOldPodsAreEmployed) { EXPECT_DOUBLE_EQ(joining_share(4.0, 0.0, 3.0), 1.0); }

}  // namespace
}  // namespace spillway::plant
