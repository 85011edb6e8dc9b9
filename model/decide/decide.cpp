#include "model/decide/decide.hpp"

#include <algorithm>
#include <cmath>

#include "model/base/text.hpp"

namespace spillway::decide {

namespace {

bool is_late(const GuardContext& c) {
  const double limit = c.policy.max_queue_delay.value() * c.estimate.capacity.value * std::max(1, c.observation.ready);
  return c.estimate.backlog.value > std::max(1.0, limit);
}

std::string why_growing(const GuardContext& c) {
  if (is_late(c)) return "BacklogGrowth";
  if (c.ahead.median > 1.1 * c.estimate.arrival_rate.value) return "ForecastGrowth";
  return "DemandGrowth";
}

/// Replicas that the likely demand needs at the set point.
Replicas needed(const GuardContext& c) {
  const double served_each = c.policy.target_utilization * c.estimate.capacity.value;
  return served_each > 0.0 ? static_cast<Replicas>(std::min(1e6, std::ceil(likely_rate(c) / served_each))) : 0;
}

/// What the calendar makes of the plan's move, in words; empty if demand alone explains it. The plan keeps to the calendar by itself, so that
/// no guard says so.
std::string asked_by_calendar(const GuardContext& c) {
  const Bounds& bounds = c.bounds;
  const bool floor = !bounds.min_window.empty() && c.plan.first == bounds.min && needed(c) < bounds.min && !is_late(c);
  if (floor) return text("schedule ", bounds.min_window, " asks for at least ", bounds.min);
  const bool ceiling = !bounds.max_window.empty() && c.plan.first == bounds.max && (needed(c) > bounds.max || is_late(c));
  if (ceiling) return text("schedule ", bounds.max_window, " allows at most ", bounds.max);
  return {};
}

bool held_at_maximum(const GuardContext& c) {
  return c.plan.first == c.observation.replicas && c.plan.first >= c.policy.max_replicas && (needed(c) > c.policy.max_replicas || is_late(c));
}

}  // namespace

Proposal propose_from_plan(const GuardContext& c) {
  Proposal proposal;
  proposal.replicas = c.plan.first;
  proposal.raw = c.plan.raw;
  const Replicas now = c.observation.replicas;
  proposal.reason = c.plan.first > now ? why_growing(c) : c.plan.first < now ? "DemandFall" : "SteadyState";
  proposal.message = text(c.estimate.arrival_rate.value, " rps arriving, ", std::round(std::max(0.0, c.estimate.backlog.value)), " waiting, ",
                          c.observation.ready, " ready at ", c.estimate.capacity.value, " rps each (", std::round(100.0 * c.estimate.utilization),
                          " % used); ", c.ahead.median, " rps expected (97 %: ", c.ahead.high, ") when a new replica is ready in ",
                          c.ahead.lead, " s");
  if (held_at_maximum(c)) proposal.reason = "AtMaximum";
  if (const std::string asked = asked_by_calendar(c); !asked.empty()) {
    proposal.reason = "Schedule";
    proposal.message += "; " + asked;
  }
  return proposal;
}

Decision decide(GuardContext context, Proposal proposal) {
  context.fallback = proposal.fallback;
  Decision decision;
  decision.raw = proposal.raw;
  decision.reason = proposal.reason;
  decision.fallback = proposal.fallback;
  Replicas replicas = proposal.replicas;
  for (const Guard& guard : guards()) {
    const std::optional<Ruling> ruling = guard.check(context, replicas);
    if (!ruling || ruling->replicas == replicas) {
      continue;
    }
    decision.trail.push_back({std::string(guard.name), replicas, ruling->replicas, ruling->message});
    decision.reason = guard.name;
    replicas = ruling->replicas;
  }
  decision.replicas = replicas;
  const Replicas now = context.observation.replicas;
  decision.message = replicas == now ? text("stay at ", now, ": ") : text(now, " -> ", replicas, ": ");
  decision.message += proposal.message;
  if (!decision.trail.empty()) {
    decision.message += text("; wanted ", proposal.replicas, ", ", decision.trail.back().guard, ": ", decision.trail.back().message);
  }
  return decision;
}

}  // namespace spillway::decide
