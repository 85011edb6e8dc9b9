#include "bench/laws/hpa.hpp"

#include <cmath>

namespace spillway::bench {

Replicas recommend_for_utilization(Replicas current, Replicas ready, double utilization, double target,
                                   double tolerance) {
  const double ratio = utilization / target;
  const bool unready = ready < current;
  if (!unready || ratio <= 1.0) {
    if (std::abs(1.0 - ratio) <= tolerance) return current;
    return static_cast<Replicas>(std::ceil(ratio * ready - 1e-9));
  }
  const double damped = ratio * ready / current;  // pods not ready count as idle
  if (std::abs(1.0 - damped) <= tolerance || damped < 1.0) return current;
  const auto wanted = static_cast<Replicas>(std::ceil(damped * current - 1e-9));
  return wanted < current ? current : wanted;
}

Replicas recommend_for_average_value(Replicas current, double total, double target_per_pod, double tolerance) {
  if (current > 0 && std::abs(1.0 - total / (target_per_pod * current)) <= tolerance) return current;
  return static_cast<Replicas>(std::ceil(total / target_per_pod - 1e-9));
}

std::string Hpa::name() const {
  const std::string percent = std::to_string(static_cast<int>(std::lround(100.0 * target_))) + "%";
  switch (metric_) {
    case HpaMetric::kUtilization:
      return "HPA " + percent;
    case HpaMetric::kRate:
      return "HPA rate " + percent;
    default:
      return "KEDA queue " + percent;
  }
}

std::optional<Replicas> Hpa::recommend(const Sight& sight) const {
  const Observation& seen = sight.seen;
  switch (metric_) {
    case HpaMetric::kUtilization:
      if (!seen.utilization.usable()) return std::nullopt;
      return recommend_for_utilization(seen.replicas, seen.ready, *seen.utilization.value, target_);
    case HpaMetric::kRate:
      if (!seen.arrival_rate.usable()) return std::nullopt;
      return recommend_for_average_value(seen.replicas, *seen.arrival_rate.value, target_ * service_.capacity);
    default:
      if (!sight.concurrency) return std::nullopt;
      return recommend_for_average_value(seen.replicas, *sight.concurrency, target_ * service_.concurrency);
  }
}

Replicas Hpa::decide(const Sight& sight) {
  const Replicas recommended = recommend(sight).value_or(sight.seen.replicas);
  return behavior_.limit(sight.now, sight.seen.replicas, recommended, service_.min, service_.max);
}

}  // namespace spillway::bench
