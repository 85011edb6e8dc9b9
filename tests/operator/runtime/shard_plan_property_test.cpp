#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "operator/runtime/shard_plan.hpp"

namespace spillway::runtime {
namespace {

/// A world of replicas that act one at a time in any order: each gives up what it does not want and takes what it wants if it is free.
struct World {
  std::vector<std::string> holders;
  std::vector<std::string> members;

  void act(const std::string& self) {
    const std::vector<bool> wanted = wanted_shards({holders, members, self});
    for (std::size_t i = 0; i < holders.size(); ++i) {
      if (holders[i] == self && !wanted[i]) holders[i].clear();
      if (holders[i].empty() && wanted[i]) holders[i] = self;
    }
  }
  std::map<std::string, std::size_t> counts() const {
    std::map<std::string, std::size_t> found;
    for (const auto& member : members) found[member] = static_cast<std::size_t>(std::count(holders.begin(), holders.end(), member));
    return found;
  }
};

World arbitrary_world() {
  World world;
  const int members = *rc::gen::inRange(1, 7);
  for (int i = 0; i < members; ++i) world.members.push_back(std::string(1, static_cast<char>('a' + i)));
  auto owners = world.members;
  owners.emplace_back();  // free
  world.holders = *rc::gen::container<std::vector<std::string>>(static_cast<std::size_t>(*rc::gen::inRange(1, 20)), rc::gen::elementOf(owners));
  return world;
}

RC_GTEST_PROP(WantedShardsProperty, replicas_in_any_order_soon_hold_everything_in_fair_shares_and_then_rest, ()) {
  World world = arbitrary_world();
  for (int round = 0; round < 4; ++round) {
    auto order = world.members;
    std::shuffle(order.begin(), order.end(), std::mt19937(static_cast<unsigned>(*rc::gen::inRange(0, 1000000))));
    for (const auto& member : order) world.act(member);
  }
  RC_ASSERT(std::count(world.holders.begin(), world.holders.end(), "") == 0);
  const auto counts = world.counts();
  const auto [least, most] = std::minmax_element(counts.begin(), counts.end(), [](auto& x, auto& y) { return x.second < y.second; });
  RC_ASSERT(most->second - least->second <= 1);
  const auto settled = world.holders;
  for (const auto& member : world.members) world.act(member);
  RC_ASSERT(world.holders == settled);
}

RC_GTEST_PROP(WantedShardsProperty, a_newcomer_moves_no_more_shards_than_its_share, ()) {
  World world = arbitrary_world();
  for (int round = 0; round < 4; ++round) for (const auto& member : world.members) world.act(member);
  const auto before = world.holders;
  world.members.emplace_back("z");
  for (int round = 0; round < 4; ++round) for (const auto& member : world.members) world.act(member);
  std::size_t moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i) moved += before[i] != world.holders[i];
  RC_ASSERT(moved <= (before.size() + world.members.size() - 1) / world.members.size());
}

RC_GTEST_PROP(WantedShardsProperty, those_who_see_the_same_never_want_the_same_held_shard_and_want_fair_shares, ()) {
  const World world = arbitrary_world();
  std::size_t sum = 0;
  for (const auto& self : world.members) {
    const auto wanted = wanted_shards({world.holders, world.members, self});
    for (std::size_t i = 0; i < wanted.size(); ++i) {
      if (wanted[i]) RC_ASSERT(world.holders[i] == self || world.holders[i].empty());
      sum += wanted[i];
    }
  }
  RC_ASSERT(sum <= world.holders.size());
}

}  // namespace
}  // namespace spillway::runtime
