#include "operator/push/point_store.hpp"

namespace spillway::push {
namespace {

Point at(double time, double rate) { return {.time = time, .request_rate = rate, .throughput = {}, .queue_depth = {}, .latency = {}, .utilization = {}}; }
const Demand kShop{"shop", Seconds(60.0)};

TEST(PointStore, TheNewestPointIsReadWithItsOwnTime) {
  PointStore store;
  ASSERT_TRUE(store.add("shop", at(100, 5), 100));
  ASSERT_TRUE(store.add("shop", at(110, 7), 110));
  const Reading reading = store.read(kShop, &Point::request_rate, Seconds(120));
  EXPECT_TRUE(reading.usable());
  EXPECT_DOUBLE_EQ(*reading.value, 7);
  EXPECT_EQ(reading.time, Seconds(110));
}

TEST(PointStore, MissingIsNeverZero) {
  PointStore store;
  EXPECT_EQ(store.read(kShop, &Point::request_rate, Seconds(0)).absence, Absence::kEmpty) << "no point at all";
  ASSERT_TRUE(store.add("shop", at(100, 5), 100));
  const Reading never = store.read(kShop, &Point::queue_depth, Seconds(100));
  EXPECT_EQ(never.absence, Absence::kNotAsked) << "a figure that the service never sends";
  EXPECT_FALSE(never.value);
}

TEST(PointStore, AnOldPointIsStaleAndKeepsItsValue) {
  PointStore store;
  ASSERT_TRUE(store.add("shop", at(100, 5), 100));
  EXPECT_TRUE(store.read(kShop, &Point::request_rate, Seconds(160)).usable());
  const Reading stale = store.read(kShop, &Point::request_rate, Seconds(160.5));
  EXPECT_EQ(stale.absence, Absence::kStale);
  EXPECT_DOUBLE_EQ(*stale.value, 5);
}

TEST(PointStore, APointThatIsOlderThanTheNewestIsRefusedAndOneOfTheSameTimeIsNot) {
  PointStore store;
  ASSERT_TRUE(store.add("shop", at(100, 5), 100));
  EXPECT_TRUE(store.add("shop", at(100, 6), 100));
  const auto refused = store.add("shop", at(99, 1), 100);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kConflict);
}

TEST(PointStore, ThePastAndTheNumberOfServicesAreBounded) {
  PointStore store;
  for (int i = 0; i < 3000; ++i) ASSERT_TRUE(store.add("shop", at(i, i), i));
  EXPECT_EQ(store.history("shop").size(), PointStore::kMostPoints);
  EXPECT_DOUBLE_EQ(store.history("shop").back().rate, 2999);
  for (std::size_t i = 1; i < PointStore::kMostServices; ++i) ASSERT_TRUE(store.add("s" + std::to_string(i), at(3000, 1), 3000));
  EXPECT_EQ(store.add("one more", at(3000, 1), 3000).error().kind, ErrorKind::kThrottled);
  EXPECT_TRUE(store.add("one more", at(9000, 1), 9000)) << "those that are silent for an hour make room";
}

}  // namespace
}  // namespace spillway::push
