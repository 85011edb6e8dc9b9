#include "operator/runtime/shard_plan.hpp"

namespace spillway::runtime {
namespace {

using ::testing::ElementsAre;

TEST(StableHash, is_fnv_1a_as_published) {
  EXPECT_EQ(stable_hash(""), 0xcbf29ce484222325u);
  EXPECT_EQ(stable_hash("a"), 0xaf63dc4c8601ec8cu);
  EXPECT_EQ(stable_hash("foobar"), 0x85944171f73967e8u);
}

TEST(StableHash, spreads_names_that_differ_little) {
  std::vector<int> found(8, 0);
  for (int i = 0; i < 800; ++i) ++found[stable_hash("shop/checkout-" + std::to_string(i)) % found.size()];
  EXPECT_THAT(found, ::testing::Each(::testing::AllOf(::testing::Gt(60), ::testing::Lt(140))));
}

TEST(WantedShards, a_lonely_replica_wants_all) {
  EXPECT_THAT(wanted_shards({{"", "", ""}, {}, "a"}), ElementsAre(true, true, true));
}

TEST(WantedShards, a_replica_with_its_share_keeps_it_and_reaches_for_nothing_more) {
  EXPECT_THAT(wanted_shards({{"a", "b", ""}, {"a", "b", "c"}, "a"}), ElementsAre(true, false, false));
  EXPECT_THAT(wanted_shards({{"a", "b", ""}, {"a", "b", "c"}, "c"}), ElementsAre(false, false, true));
}

TEST(WantedShards, the_one_that_has_most_gives_to_a_newcomer) {
  EXPECT_THAT(wanted_shards({{"a", "a", "b", "b"}, {"a", "b", "c"}, "a"}), ElementsAre(true, true, false, false));
  EXPECT_THAT(wanted_shards({{"a", "a", "b", "b"}, {"a", "b", "c"}, "b"}), ElementsAre(false, false, true, false));
}

TEST(WantedShards, what_another_holds_is_never_wanted) {
  EXPECT_THAT(wanted_shards({{"b", "b", "b"}, {"a", "b"}, "a"}), ElementsAre(false, false, false));
  EXPECT_THAT(wanted_shards({{"dead", "", ""}, {"a"}, "a"}), ElementsAre(false, true, true));
}

}  // namespace
}  // namespace spillway::runtime
