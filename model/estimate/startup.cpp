#include "model/estimate/startup.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "model/signal/robust.hpp"

namespace spillway::estimate {
namespace {
constexpr double kDefaultStartup = 30.0;   // seconds; what a typical pod with a readiness probe needs
constexpr double kPriorTail = 1.3;         // p90 over p50 before anything was seen
constexpr std::size_t kPriorWeight = 2;    // the prior counts as this many samples
constexpr double kGiveUp = 1800.0;         // seconds; a replica that late is broken, not slow
}  // namespace

StartupLag::StartupLag(const Policy& policy)
    : prior_(policy.startup ? policy.startup->value() : kDefaultStartup), given_(policy.startup.has_value()) {}

void StartupLag::update(const Observation& observation, const Policy& policy, Seconds now) {
  given_ = policy.startup.has_value();
  if (given_) prior_ = policy.startup->value();
  for (const Seconds& time : observation.startup_times) {
    if (std::isfinite(time.value()) && time.value() >= 0.0 && time.value() < kGiveUp)
      samples_.push({time.value(), time.value()});
  }
  longest_wait_ = 0.0;
  // Reported pods are better evidence than our own watch, which sees only multiples of the control period.
  if (observation.pending) {
    for (const PendingPod& pod : *observation.pending)
      if (pod.schedulable && pod.age.value() < kGiveUp) longest_wait_ = std::max(longest_wait_, pod.age.value());
  } else {
    watch_replicas(observation, now.value());
  }
  previous_replicas_ = observation.replicas;
  previous_time_ = now.value();
}

void StartupLag::watch_replicas(const Observation& observation, double now) {
  signal::Ring<Asked, 16> waiting;
  for (std::size_t i = asked_.size(); i-- > 0;) {
    const Asked& asked = asked_[i];
    const bool withdrawn = observation.replicas < asked.target;
    const bool hopeless = observation.growth_blocked || now - asked.time > kGiveUp;
    if (withdrawn || hopeless) continue;
    if (observation.ready >= asked.target) {
      samples_.push({std::max(0.0, previous_time_ - asked.time), now - asked.time});
    } else {
      waiting.push(asked);
      longest_wait_ = std::max(longest_wait_, now - asked.time);
    }
  }
  asked_ = waiting;
  const bool grew = previous_replicas_ >= 0 && observation.replicas > previous_replicas_;
  if (!grew || observation.rollout_in_progress) return;
  // The move was made right after the previous observation.
  const Asked asked{observation.replicas, previous_time_};
  if (observation.ready >= asked.target)
    samples_.push({0.0, now - asked.time});
  else
    asked_.push(asked);
}

/// A look that does not contradict the given time says nothing new.
double StartupLag::likely(const Sample& sample) const {
  const bool agrees = given_ && sample.low <= prior_ && prior_ <= sample.high;
  return agrees ? prior_ : 0.5 * (sample.low + sample.high);
}

double StartupLag::quantile(double p, double Sample::*side, double prior) const {
  std::array<double, decltype(samples_)::capacity() + kPriorWeight> values;
  std::size_t n = 0;
  for (; n < samples_.size(); ++n) values[n] = side ? samples_[n].*side : likely(samples_[n]);
  if (n < 8)
    for (std::size_t i = 0; i < kPriorWeight; ++i) values[n++] = prior;
  return signal::quantile_in_place(std::span(values).first(n), p);
}

double StartupLag::p50() const { return quantile(0.5, nullptr, prior_); }

double StartupLag::p90() const {
  return std::max({quantile(0.9, &Sample::high, prior_ * (given_ ? 1.0 : kPriorTail)), p50(), longest_wait_});
}

double StartupLag::confidence() const {
  const auto n = static_cast<double>(samples_.size());
  return given_ ? 1.0 : n / (n + 3.0);
}

}  // namespace spillway::estimate
