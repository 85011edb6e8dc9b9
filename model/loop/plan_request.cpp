#include "model/loop/plan_request.hpp"

#include <algorithm>
#include <cmath>

#include "model/decide/bounds.hpp"

namespace spillway::loop {

namespace {

/// Starts and stops cost this share of a control period each: enough to break ties, too little to delay a needed move.
constexpr double kChangeShare = 0.05;
/// What a replica short of the set point costs per second, in replicas: binding while nothing says how requests wait, and a reserve
/// against what the model does not know once that is measured; then lateness decides (docs/control-law.md, "Set point").
constexpr double kSetPointPrice = 2.0, kInformedPrice = 0.1;
constexpr Seconds kHour{3600.0};

double residual_lag(double age, const estimate::StateEstimate& estimate, double period) {
  if (age < estimate.startup_p50) return estimate.startup_p50 - age;
  if (age < estimate.startup_p90) return estimate.startup_p90 - age;
  return period + 0.5 * (age - estimate.startup_p90);
}

/// Ages of `count` pending replicas by our own past requests, newest first; what no request explains is as old as the lag.
std::vector<double> inferred_ages(const std::vector<Asked>& asked, Replicas count, double oldest, Seconds now) {
  std::vector<double> ages;
  for (auto it = asked.rbegin(); it != asked.rend() && count > 0; ++it) {
    const Replicas from_here = std::min(it->count, count);
    ages.insert(ages.end(), static_cast<std::size_t>(from_here), (now - it->time).value());
    count -= from_here;
  }
  ages.insert(ages.end(), static_cast<std::size_t>(std::max(0, count)), oldest);
  return ages;
}

std::optional<Replicas> step_limit(const DirectionLimits& limits) {
  if (limits.frozen) return 0;
  if (limits.max_replicas_per_period > 0) return limits.max_replicas_per_period;
  return std::nullopt;
}

}  // namespace

std::vector<double> pending_due_times(const Observation& observation, const estimate::StateEstimate& estimate,
                                      const std::vector<Asked>& asked, Seconds period, Seconds now) {
  std::vector<double> ages;
  if (observation.pending) {
    for (const PendingPod& pod : *observation.pending) {
      if (pod.schedulable) ages.push_back(pod.age.value());
    }
  } else {
    ages = inferred_ages(asked, observation.replicas - observation.ready, estimate.startup_p50, now);
  }
  std::vector<double> due;
  for (double age : ages) due.push_back(residual_lag(age, estimate, period.value()));
  std::sort(due.begin(), due.end());
  return due;
}

plan::PlanRequest make_plan_request(const Observation& observation, const Policy& policy, const Trace& trace,
                                    const Memory::Contents& memory, double startup, Seconds now) {
  const estimate::StateEstimate& estimate = trace.estimate;
  plan::PlanRequest request;
  request.grid = trace.grid;
  request.scenarios = trace.forecast.scenarios;
  request.backlog = estimate.backlog.value;
  request.capacity = estimate.capacity.value;
  request.concurrency = std::max(1.0, estimate.concurrency.value);
  request.pooling = estimate.pooling.value;
  request.service_variation = 2.0 * estimate.variability.value - request.arrival_variation;  // only their sum counts
  request.target_price = kSetPointPrice + estimate.pooling.confidence * (kInformedPrice - kSetPointPrice);
  request.abandonment = estimate.patience;
  request.max_queue_delay = policy.max_queue_delay.value();
  request.target_utilization = policy.target_utilization;
  request.late_penalty = policy.late_penalty.value_or(policy.late_penalty_factor * 20.0 / (estimate.capacity.value * policy.target_utilization));
  request.start_cost = request.stop_cost = kChangeShare * policy.control_period.value();

  request.current = observation.replicas;
  request.ready = observation.ready;
  request.pending_due = pending_due_times(observation, estimate, memory.asked, policy.control_period, now);
  request.startup = startup;

  for (std::size_t k = 0; k < trace.grid.size(); ++k) {
    const Seconds start = now + Seconds(trace.grid.offset[k]);
    const Seconds end = k == 0 ? start : start + Seconds(trace.grid.duration[k]);
    const decide::Bounds bounds = decide::bounds_during(observation.calendar, policy, start, end);
    request.min_replicas.push_back(bounds.min);
    request.max_replicas.push_back(bounds.max);
  }
  request.max_step_up = step_limit(policy.scale_up);
  request.max_step_down = step_limit(policy.scale_down);
  request.no_growth_for = decide::cooldown_left(memory.moves, policy.scale_up.cooldown, now).value();
  request.no_shrink_for = decide::cooldown_left(memory.moves, policy.scale_down.cooldown, now).value();
  if (policy.max_moves_per_hour > 0) {
    request.moves_left = std::max(0, policy.max_moves_per_hour - memory.moves.moves_within(kHour, now));
  }
  return request;
}

}  // namespace spillway::loop
