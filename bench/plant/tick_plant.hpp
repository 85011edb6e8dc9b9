#pragma once
#include <algorithm>
#include <deque>

#include "model/base/units.hpp"

namespace spillway::bench {

/// The fluid plant of the ten load profiles: ticks of one second, `capacity` requests per tick and replica, replicas
/// that serve `lag` ticks after they were asked for. Arrivals of a tick enter the queue first, then what fits is
/// served.
class TickPlant {
 public:
  TickPlant(double capacity, int lag, Replicas initial) : capacity_(capacity), ready_(initial) {
    pending_.assign(static_cast<std::size_t>(lag), 0);
  }

  /// Sets the wanted replicas for the tick that begins: growth joins the pipeline, a shrink takes the youngest pending
  /// first.
  void scale(Replicas wanted) {
    Replicas change = wanted - replicas();
    if (change > 0) {
      (pending_.empty() ? ready_ : pending_.back()) += change;
      return;
    }
    for (auto slot = pending_.rbegin(); slot != pending_.rend() && change < 0; ++slot) {
      const Replicas taken = std::min(*slot, -change);
      *slot -= taken;
      change += taken;
    }
    ready_ += change;
  }

  /// One tick; returns what was served. Pods whose lag has passed serve from the next tick on.
  double advance(double arrivals) {
    backlog_ += arrivals;
    const double served = std::min(backlog_, capacity_ * ready_);
    backlog_ -= served;
    if (!pending_.empty()) {
      ready_ += pending_.front();
      pending_.pop_front();
      pending_.push_back(0);
    }
    return served;
  }

  Replicas ready() const { return ready_; }
  Replicas replicas() const {
    Replicas sum = ready_;
    for (const Replicas n : pending_) sum += n;
    return sum;
  }
  double backlog() const { return backlog_; }
  const std::deque<Replicas>& pending() const { return pending_; }  ///< by ticks left, soonest first

 private:
  double capacity_;
  Replicas ready_;
  std::deque<Replicas> pending_;
  double backlog_ = 0.0;
};

}  // namespace spillway::bench
