#pragma once
#include <deque>

#include "bench/laws/law.hpp"

namespace spillway::bench {

/// The Knative pod autoscaler with its defaults: a decision every 2 s, mean concurrency (waiting + in service) over a
/// stable window of 60 s and a panic window of 6 s, panic when the panic window asks for 200 % of the ready pods, no
/// shrink until the panic has been over for one stable window; growth at most 1000 x, a shrink at most by half per
/// decision (knative/serving pkg/autoscaler/scaling/autoscaler.go).
class Kpa : public Law {
 public:
  /// `target` is the set point as a share of a pod's concurrency (Knative's default: 70 %).
  Kpa(Service service, double target) : service_(service), target_(target) {}

  std::string name() const override { return "KPA"; }
  double period() const override { return 2.0; }
  Replicas decide(const Sight& sight) override;
  bool panicking() const { return panic_since_.has_value(); }

 private:
  double mean_over(double seconds) const;

  Service service_;
  double target_;
  std::deque<double> samples_;  ///< mean concurrency per tick, newest last
  std::optional<double> panic_since_;
  Replicas most_in_panic_ = 0;
  bool started_ = false;
};

}  // namespace spillway::bench
