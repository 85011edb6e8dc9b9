#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace spillway::runtime {

/// FNV-1a, 64 bits: the same in every build and on every machine, since replicas of different builds share the work.
std::uint64_t stable_hash(std::string_view text);

/// Who holds which shard, as one replica sees it.
struct ShardView {
  std::vector<std::string> holders;  ///< by shard; empty: free, or its Lease has expired
  std::vector<std::string> members;  ///< replicas that are alive, with or without shards
  std::string self;                  ///< counts as a member in any case
};

/// Which shards `self` should hold or try to get: its fair share (the number of shards over that of members, rounded up for the
/// first ones), of those that it has and then of the free ones. Members that hold more come first, so that few shards move.
/// All replicas that see the same arrive at shares that add up.
std::vector<bool> wanted_shards(const ShardView& view);

}  // namespace spillway::runtime
