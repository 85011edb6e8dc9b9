#include "operator/onboarding/draft.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::onboarding {

namespace {

/// A delay that even a single replica at the set point hardly ever exceeds by randomness: P(wait > W) = rho exp(-(1 - rho) mu W) of one server
/// (Erlang C) is then below 1 in 3000, so the set point alone decides at steady load, as it does for an HPA.
int loose_delay_milliseconds(double capacity) {
  constexpr double kExponent = 8.0, kUsual = 500.0, kMost = 60000.0;
  return static_cast<int>(std::clamp(std::ceil(1000.0 * kExponent / ((1.0 - kSetPointPercent / 100.0) * capacity) - 1e-6), kUsual, kMost));
}

}  // namespace

void set_load_per_replica(Draft& draft, double load, const std::string& source) {
  const auto capacity = v1alpha1::ResourceQuantity::of(100.0 * load / kSetPointPercent);
  draft.spec.capacity.requests_per_second_per_replica = capacity;
  draft.spec.objective.target_utilization_percent = kSetPointPercent;
  draft.comments["spec.capacity.requestsPerSecondPerReplica"] =
      source + " is " + std::to_string(kSetPointPercent) +
      " % of this: the same number of replicas at steady load. Remove it to let Spillway learn the capacity.";
  draft.spec.objective.max_queue_delay_milliseconds = loose_delay_milliseconds(capacity.value);
  draft.comments["spec.objective.maxQueueDelayMilliseconds"] =
      "The original knows no delay. This one is so loose that at steady load the set point alone decides; tighten it to what your users accept.";
}

}  // namespace spillway::onboarding
