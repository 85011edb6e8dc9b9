#pragma once
#include <deque>

#include "bench/laws/law.hpp"

namespace spillway::bench {

/// One direction's rule of `spec.behavior` with a Percent and a Pods policy; selectPolicy Max.
struct HpaRule {
  double stabilization = 0.0;  ///< seconds
  double percent = 100.0;      ///< of the replicas at the start of the period; 0 = no such policy
  Replicas pods = 0;           ///< 0 = no such policy
  double period = 15.0;        ///< seconds, of both policies
};

/// What the horizontal pod autoscaler does after it has computed a recommendation: stabilisation over the
/// recommendations of the window, then the rate policies, then the bounds (horizontal.go,
/// convertDesiredReplicasWithBehaviorRate). The defaults are those of autoscaling/v2: up at most the larger of 100 %
/// and 4 pods in 15 s, down 100 % in 15 s after 300 s.
class HpaBehavior {
 public:
  HpaBehavior() : HpaBehavior({0.0, 100.0, 4, 15.0}, {300.0, 100.0, 0, 15.0}) {}
  HpaBehavior(HpaRule up, HpaRule down) : up_(up), down_(down) {}

  /// The replicas to set, given that the metrics ask for `recommended` and there are `current`.
  Replicas limit(double now, Replicas current, Replicas recommended, Replicas min, Replicas max);

 private:
  struct Event {
    double time = 0.0;
    Replicas amount = 0;  ///< recommendation, or replicas added (removed)
  };
  Replicas stabilize(double now, Replicas current, Replicas recommended);
  static Replicas recent(const std::deque<Event>& events, double now, double period);

  HpaRule up_, down_;
  std::deque<Event> recommendations_, added_, removed_;
};

}  // namespace spillway::bench
