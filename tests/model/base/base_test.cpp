#include <gtest/gtest.h>

#include "model/base/observation.hpp"
#include "model/base/result.hpp"
#include "model/base/stages.hpp"
#include "model/base/text.hpp"
#include "model/base/units.hpp"

namespace spillway {
namespace {

TEST(Result, HoldsAValueOrAnErrorThatSaysWhatToDo) {
  const Result<int> good = 4;
  ASSERT_TRUE(good.has_value());
  EXPECT_EQ(*good, 4);
  const Result<int> bad = Error{ErrorKind::kThrottled, "slow down", 3.0};
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().kind, ErrorKind::kThrottled);
  EXPECT_EQ(*bad.error().retry_after_seconds, 3.0);
  EXPECT_EQ(bad.value_or(7), 7);
}

TEST(Units, ARateTimesATimeIsACount) {
  const Requests count = RequestsPerSecond(25.0) * Seconds(4.0);
  EXPECT_EQ(count.value(), 100.0);
  EXPECT_EQ((count / Seconds(4.0)).value(), 25.0);
  EXPECT_LT(Seconds(1.0), Seconds(2.0));
}

TEST(Reading, AMissingValueIsNotUsableAndIsNotZero) {
  const Reading missing = Reading::missing(Absence::kEmpty);
  EXPECT_FALSE(missing.usable());
  EXPECT_FALSE(missing.value.has_value());
  EXPECT_TRUE(Reading::of(0.0, Seconds(1)).usable());
}

TEST(Text, NumbersAreShortForPeople) {
  EXPECT_EQ(for_people(120.4), "120");
  EXPECT_EQ(for_people(0.3456), "0.346");
  EXPECT_EQ(for_people(25.0), "25");
  EXPECT_EQ(text("at ", 12, " of ", 0.5), "at 12 of 0.5");
}

struct StageCase {
  double period, horizon, startup;
};
class Stages : public ::testing::TestWithParam<StageCase> {};

TEST_P(Stages, AreContiguousStartWithThePeriodAndCoverLagPlusFourPeriods) {
  const auto [period, horizon, startup] = GetParam();
  const StageGrid grid = make_stages(Seconds(period), Seconds(horizon), Seconds(startup));
  ASSERT_GE(grid.size(), 4u);
  EXPECT_LE(grid.size(), 24u);
  EXPECT_EQ(grid.offset[0], 0.0);
  EXPECT_EQ(grid.duration[0], period);
  for (std::size_t k = 1; k < grid.size(); ++k) {
    EXPECT_NEAR(grid.offset[k], grid.offset[k - 1] + grid.duration[k - 1], 1e-9);
    EXPECT_GE(grid.duration[k], period - 1e-9);
  }
  EXPECT_GE(grid.end(), std::max(horizon, startup + 4 * period) - 1e-6);
}

INSTANTIATE_TEST_SUITE_P(Table, Stages,
                         ::testing::Values(StageCase{15, 180, 30}, StageCase{15, 180, 0}, StageCase{1, 60, 10},
                                           StageCase{15, 60, 600}, StageCase{300, 180, 30}, StageCase{1, 3600, 900}));

}  // namespace
}  // namespace spillway
