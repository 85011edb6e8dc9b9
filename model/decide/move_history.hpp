#pragma once
#include <optional>
#include <vector>

#include "model/base/units.hpp"

namespace spillway::decide {

/// A change of spec.replicas, ours or someone else's.
struct Move {
  Seconds time{0.0};
  Replicas from = 0;
  Replicas to = 0;
};

/// The moves of the last hour (and always the latest one), for cooldowns and the flap budget.
class MoveHistory {
 public:
  void record(Seconds now, Replicas from, Replicas to);

  /// Time since the last move in either direction; none if there was none.
  std::optional<Seconds> since_last(Seconds now) const;
  int moves_within(Seconds window, Seconds now) const;
  const std::vector<Move>& moves() const { return moves_; }

 private:
  std::vector<Move> moves_;
};

/// What is left of a cooldown; 0 when moves are allowed.
Seconds cooldown_left(const MoveHistory& history, Seconds cooldown, Seconds now);

}  // namespace spillway::decide
