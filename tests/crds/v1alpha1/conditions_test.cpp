#include "crds/v1alpha1/conditions.hpp"

namespace spillway::v1alpha1 {
namespace {

const Time kEarly{std::chrono::seconds(1000)};
const Time kLate{std::chrono::seconds(2000)};

TEST(Conditions, AreAllThereAfterTheFirstVisit) {
  const auto conditions = with_all_types({}, 4, kEarly);
  ASSERT_EQ(conditions.size(), 9u);
  for (const char* type : lasting_condition_types()) {
    const Condition* condition = find_condition(conditions, type);
    ASSERT_NE(condition, nullptr) << type;
    EXPECT_EQ(condition->status, ConditionStatus::kUnknown);
    EXPECT_EQ(condition->observed_generation, 4);
    EXPECT_FALSE(condition->reason.empty());
  }
  EXPECT_EQ(find_condition(conditions, kStalled), nullptr);
  EXPECT_EQ(with_all_types(conditions, 5, kLate), conditions) << "a second visit changes nothing";
}

TEST(Conditions, MoveTheirTransitionTimeOnlyWhenTheStatusChanges) {
  auto conditions = set_condition({}, {kReady, ConditionStatus::kTrue, "Operating", "warming up"}, 1, kEarly);
  conditions = set_condition(conditions, {kReady, ConditionStatus::kTrue, "Operating", "warm"}, 2, kLate);
  ASSERT_EQ(conditions.size(), 1u);
  EXPECT_EQ(conditions[0].message, "warm");
  EXPECT_EQ(conditions[0].observed_generation, 2);
  EXPECT_EQ(conditions[0].last_transition_time, kEarly);
  conditions = set_condition(conditions, {kReady, ConditionStatus::kFalse, "TargetNotFound", "gone"}, 2, kLate);
  EXPECT_EQ(conditions[0].last_transition_time, kLate);
}

TEST(Conditions, KeepReconcilingAndStalledOnlyWhileTheyAreTrue) {
  auto conditions = set_condition({}, {kStalled, ConditionStatus::kTrue, "TargetNotFound", "gone"}, 1, kEarly);
  EXPECT_NE(find_condition(conditions, kStalled), nullptr);
  conditions = set_condition(conditions, {kStalled, ConditionStatus::kFalse, "Operating", ""}, 1, kLate);
  EXPECT_TRUE(conditions.empty());
}

}  // namespace
}  // namespace spillway::v1alpha1
