#include "model/baseline/one_line_rule.hpp"

namespace spillway::baseline {
namespace {

TEST(OneLineRule, KeepsTheSetPoint) {
  EXPECT_EQ(one_line_rule(80.0, 0.0, 3.0, 0.7, 25.0), 5);  // 4.57 replicas
  EXPECT_EQ(one_line_rule(70.0, 0.0, 3.0, 0.7, 25.0), 4);  // exactly 4
  EXPECT_EQ(one_line_rule(0.0, 0.0, 3.0, 0.7, 25.0), 0);
}

TEST(OneLineRule, DrainsTheBacklogInTheGivenTime) { EXPECT_EQ(one_line_rule(20.0, 300.0, 3.0, 0.8, 2.0), 75); }

TEST(OneLineRule, StaysAnIntegerForAbsurdLoads) { EXPECT_EQ(one_line_rule(1e30, 0.0, 1.0, 0.8, 1.0), 1000000000); }

}  // namespace
}  // namespace spillway::baseline
