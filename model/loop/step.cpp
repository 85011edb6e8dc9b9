#include "model/loop/step.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/base/text.hpp"
#include "model/decide/decide.hpp"
#include "model/loop/memory.hpp"
#include "model/loop/plan_request.hpp"

namespace spillway::loop {

namespace {

/// After this many samples the forecaster's own errors are worth more than the warm-up floor (docs/control-law.md). They outweigh
/// its prior fourfold by then. Held for 120 samples, windows of one and two hours cost 8 and 3 % more at a lag of 30 s and 0.5 % less at
/// 90 s, where the floor spares half a point of late requests.
constexpr int kWarmSamples = 20;

/// Learns from the observed spec.replicas which moves really happened: our own last decision, or someone else's.
void learn_moves(Memory::Contents& memory, Replicas replicas, Seconds now) {
  if (memory.last_step && replicas != memory.last_replicas) {
    const Seconds when = replicas == memory.last_decided ? *memory.last_step : now;
    memory.moves.record(when, memory.last_replicas, replicas);
    if (replicas > memory.last_replicas) memory.asked.push_back({when, replicas - memory.last_replicas});
  }
  constexpr std::size_t kKept = 32;
  if (memory.asked.size() > kKept) memory.asked.erase(memory.asked.begin());
}

/// Feeds the arrival rate to everything that learns from it, at most once per period (an edit may trigger a step in between).
void learn_demand(Memory::Contents& memory, const Policy& policy, const estimate::StateEstimate& estimate, Seconds now) {
  const bool due = !memory.last_observed || now - *memory.last_observed >= 0.5 * policy.control_period;
  if (!estimate.demand_known || !due) return;
  memory.forecaster.observe(estimate.rate_to_learn, now);
  memory.trend.observe(estimate.rate_to_learn);
  memory.last_observed = now;
  ++memory.samples;
  const double per_replica = std::max(1e-9, estimate.capacity.value * policy.target_utilization);
  const Seconds window = std::min(Seconds(300.0), Seconds(5.0 * estimate.startup_p90) + policy.control_period);
  memory.warmup.observe(now, static_cast<Replicas>(std::ceil(estimate.rate_to_learn / per_replica - 1e-9)), window);
}

/// Whether too little was seen since the start to shrink. Recent history stands in for having been there.
bool is_cold(const Memory::Contents& memory, const Policy& policy, const estimate::StateEstimate& estimate, Seconds now) {
  if (!estimate.warm) return true;
  if (memory.history_is_recent) return false;
  const Seconds needed = std::max(3.0 * policy.control_period, Seconds(estimate.startup_p50) + 2.0 * policy.control_period);
  return now - *memory.started < needed;
}

/// The lag that the program plans with: between the median and the slow tail.
double planned_startup(const estimate::StateEstimate& estimate) {
  return 0.5 * (estimate.startup_p50 + std::max(estimate.startup_p50, estimate.startup_p90));
}

/// How long the plan must not have wanted more before a small shrink is made: who shrinks too early is without the replica for a start-up lag.
Seconds steady_window(const Policy& policy, double startup) {
  return std::min(Seconds(2.0 * startup) + 4.0 * policy.control_period, Seconds(300.0));
}

/// Stretches the paths above the median away from it: a profile's caution (Policy::quantile_widening).
void widen(forecast::DisturbanceForecast& forecast, double factor) {
  if (factor == 1.0) return;
  for (forecast::DemandScenario& scenario : forecast.scenarios) {
    for (std::size_t k = 0; k < scenario.rate.size(); ++k) {
      const double median = forecast.quantiles[k][forecast::kMedian];
      if (scenario.rate[k] > median) scenario.rate[k] = median + factor * (scenario.rate[k] - median);
    }
  }
}

/// Without a replica, metrics that the replicas themselves give are gone, and waiting work would never be seen.
void learn_blindness(Memory::Contents& memory, const Observation& observation, const Policy& policy, bool demand_known, Seconds now) {
  constexpr double kPeriods = 2.0;  // one missed sample is no blindness
  const bool unseen = observation.replicas == 0 && !demand_known && !observation.backlog.usable();
  if (unseen && memory.missing_since && now - *memory.missing_since >= kPeriods * policy.control_period) memory.blind_at_zero = now;
}

/// For an hour after that the last replica stays; then zero is tried again.
bool is_blind_at_zero(const Memory::Contents& memory, Seconds now) {
  return memory.blind_at_zero && now - *memory.blind_at_zero < Seconds(3600.0);
}

decide::Proposal last_plan_proposal(const Memory::Contents& memory, const Observation& observation, Seconds now) {
  decide::Proposal proposal{observation.replicas, double(observation.replicas), "FallbackHold", {}, true};
  if (!memory.last_plan) return proposal;
  const double elapsed = (now - memory.last_plan_time).value();
  for (const plan::PlanStage& stage : memory.last_plan->stages) {
    if (stage.offset > elapsed) break;
    proposal.raw = stage.replicas;
  }
  proposal.replicas = static_cast<Replicas>(std::ceil(proposal.raw - 1e-6));
  proposal.reason = "FallbackLastPlan";
  proposal.message = text("metrics are missing; following the plan of ", elapsed, " s ago");
  return proposal;
}

/// What to do without any demand information: hold, then the declared fallback.
decide::Proposal propose_blind(const Memory::Contents& memory, const Policy& policy, const Observation& observation,
                               const estimate::StateEstimate& estimate, Seconds now) {
  const Seconds missing = now - *memory.missing_since;
  const std::string why = text("no demand information for ", missing.value(), " s (", estimate.degraded_reason, ")");
  if (missing < policy.fallback_after || policy.on_missing_metrics == FallbackAction::kHold) {
    return {observation.replicas, double(observation.replicas), "MetricsMissing", why + "; holding",
            missing >= policy.fallback_after};
  }
  if (policy.on_missing_metrics == FallbackAction::kReplicas) {
    return {policy.fallback_replicas, double(policy.fallback_replicas), "FallbackReplicas",
            text(why, "; fallback.replicas is ", policy.fallback_replicas), true};
  }
  return last_plan_proposal(memory, observation, now);
}

decide::Proposal propose(Memory::Contents& memory, const Policy& policy, const Observation& observation,
                         const decide::GuardContext& context, Trace& trace, double startup, Seconds now) {
  if (!trace.estimate.demand_known) {
    if (!memory.missing_since) memory.missing_since = now;
    return propose_blind(memory, policy, observation, trace.estimate, now);
  }
  memory.missing_since.reset();
  const plan::PlanRequest request = make_plan_request(observation, policy, trace, memory, startup, now);
  trace.plan = plan::solve(request, &memory.basis, std::exchange(memory.time_limited, {}));
  memory.basis = trace.plan.basis;
  memory.last_plan = trace.plan;
  memory.last_plan_time = now;
  decide::Proposal proposal = decide::propose_from_plan(context);
  if (memory.samples < kWarmSamples && !memory.history_is_recent && memory.warmup.value() > proposal.replicas) {
    const Replicas floor = std::clamp(memory.warmup.value(), proposal.replicas, std::max(proposal.replicas, policy.max_replicas));
    proposal.message += text("; plan ", proposal.replicas, " raised to the recent need ", floor, " while errors are still being learned");
    proposal.replicas = floor;
    proposal.reason = floor > observation.replicas ? "DemandGrowth" : floor < observation.replicas ? "DemandFall" : "SteadyState";
  }
  return proposal;
}

/// What the plan's own scenarios say about the next minute, if replicas become ready as planned.
forecast::Outlook look_ahead(const Trace& trace, const Policy& policy) {
  forecast::CapacityAhead ahead{.backlog = trace.estimate.backlog.value, .capacity = {}, .max_wait = policy.max_queue_delay.value()};
  for (const plan::PlanStage& stage : trace.plan.stages) ahead.capacity.push_back(stage.ready * trace.estimate.capacity.value);
  return forecast::look_ahead(trace.grid, trace.forecast.scenarios, ahead);
}

}  // namespace

StepResult step(const Observation& observation, Memory memory, const Policy& policy, Seconds now) {
  Memory::Contents& m = memory.contents();
  if (!m.started) m.started = now;
  learn_moves(m, observation.replicas, now);

  Trace trace;
  trace.estimate = m.estimator.update(observation, policy, now);
  learn_demand(m, policy, trace.estimate, now);
  const double startup = planned_startup(trace.estimate);
  trace.grid = make_stages(policy.control_period, policy.horizon, Seconds(startup));
  trace.forecast = m.forecaster.forecast(trace.grid, trace.estimate.arrival_rate.value, now, Seconds(startup));
  widen(trace.forecast, policy.quantile_widening);

  learn_blindness(m, observation, policy, trace.estimate.demand_known, now);
  decide::GuardContext context{.observation = observation,
                               .policy = policy,
                               .estimate = trace.estimate,
                               .plan = trace.plan,
                               .moves = m.moves,
                               .bounds = decide::bounds_at(observation.calendar, policy, now),
                               .cold = is_cold(m, policy, trace.estimate, now),
                               .rising = m.trend.rising(policy.control_period),
                               .ahead = decide::demand_until(trace.forecast, trace.grid, startup),
                               .blind_at_zero = is_blind_at_zero(m, now),
                               .now = now};
  decide::Proposal proposal = propose(m, policy, observation, context, trace, startup, now);
  if (trace.estimate.demand_known) m.wanted.observe(now, trace.plan.first, steady_window(policy, startup));
  context.wanted_lately = m.wanted.value();
  decide::Decision decision = decide::decide(context, std::move(proposal));
  trace.outlook = look_ahead(trace, policy);

  m.last_replicas = observation.replicas;
  m.last_decided = decision.replicas;
  m.last_step = now;
  return {std::move(decision), std::move(memory), std::move(trace)};
}

}  // namespace spillway::loop
