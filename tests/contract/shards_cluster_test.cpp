#include "operator/runtime/shards.hpp"

#include <set>

#include "operator/kube/lease.hpp"
#include "tests/contract/cluster.hpp"

namespace spillway::testing {
namespace {

using runtime::ShardOptions;
using runtime::Shards;
using runtime::Standing;
using std::chrono::milliseconds;

class ShardsOnCluster : public ClusterTest {
 protected:
  ShardOptions options(const std::string& identity, int count) const {
    ShardOptions options;
    options.count = count;
    options.lease.ns = ns_;
    options.lease.name = "work";
    options.lease.identity = identity;
    options.lease.lease_duration = milliseconds(2000);
    options.lease.renew_deadline = milliseconds(1200);
    options.lease.retry_period = milliseconds(200);
    return options;
  }
  std::unique_ptr<Shards> start(const std::string& identity, int count) {
    auto shards = std::make_unique<Shards>(*rest_, clock_, scheduler_, options(identity, count));
    shards->start();
    return shards;
  }
  static int held(const Shards& shards) {
    int held = 0;
    for (int shard = 0; shard < shards.count(); ++shard) held += shards.owns(shard);
    return held;
  }
};

TEST_F(ShardsOnCluster, ALonelyReplicaTakesAllAndANewcomerGetsItsFairShare) {
  const auto first = start("first", 5);
  ASSERT_TRUE(eventually([&] { return held(*first) == 5; }));
  const auto second = start("second", 5);
  ASSERT_TRUE(eventually([&] { return held(*first) == 3 && held(*second) == 2; }));
  for (int shard = 0; shard < 5; ++shard) EXPECT_NE(first->owns(shard), second->owns(shard));
  second->stop();
  EXPECT_EQ(held(*second), 0);
  EXPECT_TRUE(eventually([&] { return held(*first) == 5; }));
}

TEST_F(ShardsOnCluster, AShardIsGivenUpOnlyWhenTheWorkOnItHasEnded) {
  const auto first = start("first", 2);
  ASSERT_TRUE(eventually([&] { return held(*first) == 2; }));
  std::vector<std::unique_ptr<Shards::Work>> work;
  std::set<int> busy;
  for (int i = 0; busy.size() < 2; ++i) {
    const kube::ObjectKey key{"shop", "policy-" + std::to_string(i)};
    if (busy.insert(first->shard_of(key)).second) work.emplace_back(new Shards::Work(first->begin(key)));
  }
  const auto second = start("second", 2);
  ASSERT_TRUE(eventually([&] { return held(*first) == 1; })) << "dropped at once";
  const int dropped = first->owns(0) ? 1 : 0;
  const auto lease = [&] { return kube::parse_lease(client_->get(kube::kLeases, key(first->lease_name(dropped))).value().dump()).value(); };
  EXPECT_EQ(lease().holder, "first") << "released only later";
  EXPECT_FALSE(second->owns(dropped));
  work.clear();
  EXPECT_TRUE(eventually([&] { return second->owns(dropped); }));
  EXPECT_EQ(lease().holder, "second");
}

TEST_F(ShardsOnCluster, ReplicasWithAnotherNumberOfShardsWaitUntilTheOthersHaveGone) {
  for (const auto& [before, after] : std::vector<std::pair<int, int>>{{2, 3}, {3, 1}}) {
    auto old = start("old", before);
    ASSERT_TRUE(eventually([&] { return held(*old) == before; }));
    auto fresh = start("new", after);
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < milliseconds(1500)) {
      ASSERT_FALSE(fresh->owns_any());
      ASSERT_EQ(held(*old), before);
    }
    old->stop();
    EXPECT_TRUE(eventually([&] { return held(*fresh) == after; }));
    fresh->stop();
  }
}

TEST_F(ShardsOnCluster, OfTwoThatStartAtOnceWithDifferentNumbersOnlyOneWorks) {
  for (int round = 0; round < 5; ++round) {
    auto two = std::make_unique<Shards>(*rest_, clock_, scheduler_, options("two", 2));
    auto three = std::make_unique<Shards>(*rest_, clock_, scheduler_, options("three", 3));
    two->start();
    three->start();
    ASSERT_TRUE(eventually([&] { return two->owns_any() || three->owns_any(); }));
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < milliseconds(300)) ASSERT_FALSE(two->owns_any() && three->owns_any());
  }
}

TEST_F(ShardsOnCluster, StandsByForWhatAnotherHoldsAndIsUncertainAboutWhatNobodyHolds) {
  const kube::ObjectKey policy{"shop", "checkout"};
  const auto first = start("first", 1);
  ASSERT_TRUE(eventually([&] { return first->standing(policy) == Standing::kOurs; }));
  EXPECT_EQ(first->lease_name(0), "work");
  const auto second = start("second", 1);
  EXPECT_EQ(second->standing(policy), Standing::kUnknown);
  EXPECT_TRUE(eventually([&] { return second->standing(policy) == Standing::kOthers; }));
  const auto begin = std::chrono::steady_clock::now();
  first->stop();
  EXPECT_TRUE(eventually([&] { return second->standing(policy) == Standing::kOurs; }));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(1500)) << "by the release, not by expiry";
}

}  // namespace
}  // namespace spillway::testing
