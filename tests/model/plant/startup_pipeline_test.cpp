#include "model/plant/startup_pipeline.hpp"

namespace spillway::plant {
namespace {

StageGrid uniform(std::size_t stages, double duration) {
  StageGrid grid;
  for (std::size_t k = 0; k < stages; ++k) {
    grid.offset.push_back(duration * static_cast<double>(k));
    grid.duration.push_back(duration);
  }
  return grid;
}

std::vector<double> path(const StageGrid& grid, double lag, double ready, std::vector<double> due, std::vector<double> wanted) {
  return ready_path(ready_limits(grid, lag, ready, due), wanted);
}

using ::testing::DoubleEq;
using ::testing::ElementsAre;

TEST(StartupPipeline, WithoutLagWhatIsWantedIsReady) {
  EXPECT_THAT(path(uniform(3, 15), 0, 4, {}, {6, 5, 7}), ElementsAre(6, 5, 7));
}

TEST(StartupPipeline, NewReplicasServeOneLagLater) {
  EXPECT_THAT(path(uniform(4, 15), 30, 4, {}, {6, 7, 7, 7}), ElementsAre(4, 4, 6, 7));
}

TEST(StartupPipeline, ALagThatEndsInsideAStageCountsForTheRestOfIt) {
  EXPECT_THAT(path(uniform(3, 15), 20, 4, {}, {10, 10, 10}), ElementsAre(DoubleEq(4), DoubleEq(4 + 6 * 10.0 / 15.0), DoubleEq(10)));
}

TEST(StartupPipeline, PendingReplicasServeWhenTheyAreDue) {
  EXPECT_THAT(path(uniform(4, 15), 45, 4, {15, 30}, {6, 6, 6, 6}), ElementsAre(4, 5, 6, 6));
}

TEST(StartupPipeline, APendingReplicaDueInsideAStageCountsForTheRestOfIt) {
  EXPECT_THAT(path(uniform(2, 15), 45, 4, {5}, {5, 5}), ElementsAre(DoubleEq(4 + 10.0 / 15.0), DoubleEq(5)));
}

TEST(StartupPipeline, RemovalActsAtOnceAndTakesPendingReplicasFirst) {
  EXPECT_THAT(path(uniform(4, 15), 45, 4, {15, 15}, {5, 5, 5, 5}), ElementsAre(4, 5, 5, 5));
  EXPECT_THAT(path(uniform(4, 15), 45, 4, {15, 15}, {3, 3, 3, 3}), ElementsAre(3, 3, 3, 3));
}

TEST(StartupPipeline, WhatWasRemovedNeedsTheLagToComeBack) {
  EXPECT_THAT(path(uniform(5, 15), 30, 10, {}, {10, 5, 10, 10, 10}), ElementsAre(10, 5, 5, 5, 10));
}

TEST(StartupPipeline, WhatIsGivenUpBeforeItArrivesNeverServes) {
  // The lag ends 2 s before the end of the third stage; six of the ten asked for at first were taken back by then.
  EXPECT_THAT(path(uniform(3, 15), 43, 1, {}, {10, 4, 4}), ElementsAre(1, 1, DoubleEq(13.0 / 15.0 + 4 * 2.0 / 15.0)));
}

TEST(StartupPipeline, PodsRemovedNowAreMissingInALongStageToo) {
  StageGrid grid{{0, 15}, {15, 60}};
  EXPECT_THAT(path(grid, 45, 8, {}, {5, 8}), ElementsAre(DoubleEq(5), DoubleEq(0.5 * 5 + 0.25 * 5 + 0.25 * 8)));
}

TEST(StartupPipeline, LongStagesAverageOverWhatArrivesWithinThem) {
  StageGrid grid{{0, 15, 30}, {15, 15, 60}};
  // In [30, 90) what was wanted in [0, 60) arrives: 15 s of each short stage, 30 s of the long one.
  EXPECT_THAT(path(grid, 30, 2, {}, {4, 8, 12}), ElementsAre(2, 2, DoubleEq(0.25 * 4 + 0.25 * 8 + 0.5 * 12)));
}

}  // namespace
}  // namespace spillway::plant
