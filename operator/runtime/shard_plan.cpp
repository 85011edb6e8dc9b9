#include "operator/runtime/shard_plan.hpp"

#include <algorithm>

namespace spillway::runtime {
namespace {

std::size_t held_by(const ShardView& view, const std::string& member) {
  return static_cast<std::size_t>(std::count(view.holders.begin(), view.holders.end(), member));
}

std::size_t rank_of_self(const ShardView& view) {
  const std::size_t own = held_by(view, view.self);
  return static_cast<std::size_t>(std::count_if(view.members.begin(), view.members.end(), [&](const std::string& member) {
    const std::size_t held = held_by(view, member);
    return member != view.self && (held > own || (held == own && member < view.self));
  }));
}

}  // namespace

std::uint64_t stable_hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

std::vector<bool> wanted_shards(const ShardView& view) {
  const std::size_t shards = view.holders.size();
  const bool listed = std::find(view.members.begin(), view.members.end(), view.self) != view.members.end();
  const std::size_t members = view.members.size() + (listed ? 0 : 1);
  const std::size_t rank = rank_of_self(view);
  std::size_t left = shards / members + (rank < shards % members ? 1 : 0);

  std::vector<bool> wanted(shards, false);
  const auto take = [&](std::size_t shard, const std::string& holder) {
    if (left == 0 || wanted[shard] || view.holders[shard] != holder) return;
    wanted[shard] = true;
    --left;
  };
  for (std::size_t shard = 0; shard < shards; ++shard) take(shard, view.self);
  const std::size_t first = rank * shards / members;  // so that several newcomers reach for different ones
  for (std::size_t i = 0; i < shards; ++i) take((first + i) % shards, {});
  return wanted;
}

}  // namespace spillway::runtime
