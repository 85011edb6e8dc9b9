#pragma once
#include <cmath>
#include <deque>
#include <functional>
#include <vector>

#include "model/loop/step.hpp"

namespace spillway::loop {

/// The smallest service that the law can be closed over in a unit test: a fluid queue with a constant start-up lag, observed once
/// a period. The plant that judges is bench/plant; this one only lets a test say "after a spike, n comes back".
class TinyService {
 public:
  TinyService(Policy policy, Replicas replicas, double capacity, double startup)
      : policy_(policy), capacity_(capacity), startup_(startup), spec_(replicas), ready_(replicas),
        memory_(Memory::fresh(policy, {}, Seconds(0))) {}

  /// Advances one control period under `rate` and lets the law decide; `tamper` may damage the observation.
  decide::Decision run_period(double rate, const std::function<void(Observation&)>& tamper = {}) {
    const double T = policy_.control_period.value();
    double served = 0.0;
    for (double dt = 0.0; dt < T; dt += 1.0) {
      now_ += 1.0;
      while (!starting_.empty() && starting_.front() <= now_) {
        starting_.pop_front();
        ++ready_;
      }
      const double out = std::min(backlog_ + rate, capacity_ * ready_);
      served += out;
      backlog_ += rate - out;
    }
    Observation observation = observe(rate, served / T);
    if (tamper) tamper(observation);
    StepResult result = step(observation, std::move(memory_), policy_, Seconds(now_));
    memory_ = std::move(result.memory);
    last_trace = result.trace;
    if (policy_.mode == Mode::kActive) scale_to(result.decision.replicas);
    return result.decision;
  }

  void forget() { memory_ = Memory::fresh(policy_, {}, Seconds(now_)); }
  Policy& policy() { return policy_; }
  Replicas spec() const { return spec_; }
  Replicas ready() const { return ready_; }
  double backlog() const { return backlog_; }
  Trace last_trace;

 private:
  Observation observe(double rate, double throughput) const {
    Observation observation;
    observation.arrival_rate = Reading::of(rate, Seconds(now_));
    observation.throughput = Reading::of(throughput, Seconds(now_));
    observation.backlog = Reading::of(backlog_, Seconds(now_));
    observation.replicas = spec_;
    observation.ready = ready_;
    observation.pending.emplace();
    for (double due : starting_) observation.pending->push_back({Seconds(startup_ - (due - now_)), true});
    return observation;
  }

  void scale_to(Replicas wanted) {
    for (; spec_ < wanted; ++spec_) starting_.push_back(now_ + startup_);
    for (; spec_ > wanted; --spec_) {
      if (starting_.empty()) --ready_; else starting_.pop_back();
    }
  }

  Policy policy_;
  double capacity_, startup_;
  double now_ = 0.0, backlog_ = 0.0;
  Replicas spec_, ready_;
  std::deque<double> starting_;
  Memory memory_;
};

/// The policy of the demo: 25 rps per replica, 20 s to start, set point 80 %, 15 s period.
inline Policy demo_policy() {
  Policy policy;
  policy.min_replicas = 1;
  policy.max_replicas = 60;
  policy.capacity = 25.0;
  policy.concurrency = 1.0;
  policy.startup = Seconds(20);
  policy.scale_down.cooldown = Seconds(60);
  policy.rate_window = Seconds(15);
  return policy;
}

}  // namespace spillway::loop
