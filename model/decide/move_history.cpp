#include "model/decide/move_history.hpp"

#include <algorithm>

namespace spillway::decide {

namespace {
constexpr Seconds kRemembered{3600.0};
}

void MoveHistory::record(Seconds now, Replicas from, Replicas to) {
  std::erase_if(moves_, [&](const Move& move) { return now - move.time > kRemembered; });
  moves_.push_back({now, from, to});
}

std::optional<Seconds> MoveHistory::since_last(Seconds now) const {
  if (moves_.empty()) return std::nullopt;
  return now - moves_.back().time;
}

int MoveHistory::moves_within(Seconds window, Seconds now) const {
  return static_cast<int>(
      std::count_if(moves_.begin(), moves_.end(), [&](const Move& move) { return now - move.time < window; }));
}

Seconds cooldown_left(const MoveHistory& history, Seconds cooldown, Seconds now) {
  const std::optional<Seconds> since = history.since_last(now);
  if (!since) return Seconds(0);
  return std::max(Seconds(0), cooldown - *since);
}

}  // namespace spillway::decide
