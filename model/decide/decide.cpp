#include "model/decide/decide.hpp"

#include <algorithm>
#include <cmath>

#include "model/base/text.hpp"

namespace spillway::decide {

namespace {

std::string why_growing(const GuardContext& c) {
  const double limit = c.policy.max_queue_delay.value() * c.estimate.capacity.value * std::max(1, c.observation.ready);
  if (c.estimate.backlog.value > std::max(1.0, limit)) return "BacklogGrowth";
  if (c.ahead.median > 1.1 * c.estimate.arrival_rate.value) return "ForecastGrowth";
  return "DemandGrowth";
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
