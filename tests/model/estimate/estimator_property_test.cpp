#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "model/estimate/estimator.hpp"

namespace spillway::estimate {
namespace {

Reading any_reading(double now) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  switch (*rc::gen::inRange(0, 8)) {
    case 0: return Reading{};
    case 1: return Reading::missing(Absence::kEmpty);
    case 2: return Reading::of(nan, Seconds(now));
    case 3: return Reading::of(std::numeric_limits<double>::infinity(), Seconds(now));
    case 4: return Reading::of(-5.0, Seconds(now));
    case 5: return Reading::of(1e9, Seconds(now));
    case 6: return Reading::of(0.0, Seconds(now));
    default: return Reading::of(0.1 * *rc::gen::inRange(0, 5000), Seconds(now - *rc::gen::inRange(0, 30)));
  }
}

bool sound(const Estimated& e) { return std::isfinite(e.value) && e.value >= 0.0 && e.confidence >= 0.0 && e.confidence <= 1.0; }

RC_GTEST_PROP(Estimator, whatever_comes_in_what_goes_out_is_finite_and_not_negative, ()) {
  Policy policy;
  policy.arrival_rate_counts_completions = *rc::gen::arbitrary<bool>();
  policy.backlog_includes_in_service = *rc::gen::arbitrary<bool>();
  if (*rc::gen::arbitrary<bool>()) policy.capacity = 0.5 * *rc::gen::inRange(1, 100);
  Estimator estimator(policy);
  double now = 0.0;
  const int steps = *rc::gen::inRange(1, 40);
  for (int i = 0; i < steps; ++i) {
    now += *rc::gen::inRange(0, 40);
    Observation observation;
    observation.arrival_rate = any_reading(now);
    observation.throughput = any_reading(now);
    observation.backlog = any_reading(now);
    observation.latency = any_reading(now);
    observation.utilization = any_reading(now);
    observation.replicas = *rc::gen::inRange(0, 50);
    observation.ready = *rc::gen::inRange(0, 50);
    const StateEstimate out = estimator.update(observation, policy, Seconds(now));
    RC_ASSERT(sound(out.arrival_rate) && sound(out.backlog) && sound(out.capacity) && sound(out.concurrency));
    RC_ASSERT(std::isfinite(out.startup_p50) && out.startup_p50 >= 0.0 && out.startup_p90 >= out.startup_p50);
    RC_ASSERT(std::isfinite(out.utilization) && std::isfinite(out.metric_delay));
    RC_ASSERT(out.pooling.value >= 0.0 && out.pooling.value <= 1.0);
    RC_ASSERT(out.demand_known || out.degraded);
    for (const Rejection& rejection : out.rejections)
      if (rejection.metric == "arrivalRate") RC_ASSERT(out.degraded);
  }
}

RC_GTEST_PROP(Estimator, counting_requests_in_other_units_changes_only_the_units, ()) {
  // Large rates: the allowances for the randomness of counts then vanish.
  const double scale = 8.0, base = 1e4;
  Policy policy;
  policy.capacity = 1e3;
  Policy scaled = policy;
  scaled.capacity = scale * 1e3;
  Estimator one(policy), other(scaled);
  double now = 0.0;
  for (int i = 0; i < 20; ++i) {
    now += 15.0;
    const double rate = base * (0.5 + 0.01 * *rc::gen::inRange(0, 100));
    Observation a, b;
    a.arrival_rate = Reading::of(rate, Seconds(now));
    b.arrival_rate = Reading::of(scale * rate, Seconds(now));
    a.replicas = a.ready = b.replicas = b.ready = 12;
    const StateEstimate x = one.update(a, policy, Seconds(now)), y = other.update(b, scaled, Seconds(now));
    RC_ASSERT(std::abs(scale * x.arrival_rate.value - y.arrival_rate.value) <= 0.02 * y.arrival_rate.value);
    RC_ASSERT(std::abs(x.utilization - y.utilization) < 0.02);
    RC_ASSERT(x.degraded == y.degraded);
  }
}

}  // namespace
}  // namespace spillway::estimate
