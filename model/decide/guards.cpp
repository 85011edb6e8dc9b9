#include <algorithm>
#include <array>
#include <cmath>

#include "model/base/text.hpp"
#include "model/decide/guard.hpp"

namespace spillway::decide {

namespace {

using Verdict = std::optional<Ruling>;

/// A shrink is worth a move only if the plan wants clearly less: half a replica and this share below the present number.
/// Left out, reversals nearly double at equal cost (docs/control-law.md, "What gave what").
constexpr double kShrinkBand = 0.05;
/// A shrink by one replica or up to this share waits until the plan has not wanted more for a while: a load at the edge between two counts
/// would else move replicas at every turn. Larger ones are made at once. A third fewer reversals for less than one percent of cost
/// (docs/control-law.md).
constexpr double kSmallShrink = 0.3;
/// Growth needs evidence once the replicas asked for are used less than this share of the set point, now and by the median forecast.
constexpr double kIdleShare = 0.5;
/// Without any replica a rise counts as likely from this share of a replica on.
constexpr double kLeastIdle = 0.02;
/// A load this far above the set point of the replicas asked for is more than noise.
constexpr double kCarriedShare = 1.02;
constexpr Seconds kHour{3600.0};

Replicas current(const GuardContext& c) { return c.observation.replicas; }
bool grows(const GuardContext& c, Replicas proposed) { return proposed > current(c); }
bool shrinks(const GuardContext& c, Replicas proposed) { return proposed < current(c); }
Verdict hold(const GuardContext& c, std::string why) { return Ruling{current(c), std::move(why)}; }

/// Whether anything forbids writing at all: then even the bounds are not enforced.
bool hands_off(const GuardContext& c) {
  const Gates& gates = c.observation.gates;
  return !gates.synced || !gates.leader || !gates.rival.empty() || c.policy.mode == Mode::kPaused;
}

/// More waits than the ready replicas serve in a quarter of a second.
bool queue_stands(const GuardContext& c) {
  return c.estimate.backlog.value > 0.25 * c.estimate.capacity.value * std::max(1, c.observation.ready);
}

Verdict not_synced(const GuardContext& c, Replicas) {
  if (c.observation.gates.synced) return std::nullopt;
  return hold(c, "the caches have not listed everything yet");
}

Verdict not_leader(const GuardContext& c, Replicas) {
  if (c.observation.gates.leader) return std::nullopt;
  return hold(c, "another operator instance leads");
}

Verdict paused(const GuardContext& c, Replicas) {
  if (c.policy.mode != Mode::kPaused) return std::nullopt;
  return hold(c, "mode is Paused");
}

Verdict conflicted(const GuardContext& c, Replicas) {
  if (c.observation.gates.rival.empty()) return std::nullopt;
  return hold(c, text(c.observation.gates.rival, " also controls these replicas"));
}

Verdict cold_start(const GuardContext& c, Replicas proposed) {
  if (!c.cold || c.fallback || !shrinks(c, proposed)) return std::nullopt;
  return hold(c, "too little was seen since the start to shrink");
}

Verdict stale_data(const GuardContext& c, Replicas proposed) {
  if (!c.estimate.degraded || c.fallback || !shrinks(c, proposed)) return std::nullopt;
  return hold(c, text("metrics are degraded (", c.estimate.degraded_reason, "): no shrink on doubt"));
}

Verdict rollout_in_progress(const GuardContext& c, Replicas proposed) {
  if (!c.observation.rollout_in_progress || proposed == current(c)) return std::nullopt;
  if (shrinks(c, proposed)) return hold(c, "a rolling update is in progress");
  // Pods that are being replaced come back by themselves; only load that the replicas asked for do not carry is a reason to grow.
  const double carried = kCarriedShare * c.policy.target_utilization * c.estimate.capacity.value * current(c);
  if (c.fallback || queue_stands(c) || likely_rate(c) > carried) return std::nullopt;
  return hold(c, "a rolling update makes replicas few for a while, not the load");
}

Verdict rising_load(const GuardContext& c, Replicas proposed) {
  if (c.fallback || !shrinks(c, proposed)) return std::nullopt;
  if (c.rising) return hold(c, "the load is rising");
  if (!queue_stands(c)) return std::nullopt;
  return hold(c, text(c.estimate.backlog.value, " requests are still waiting"));
}

/// What is only possible (the far quantiles after a burst) may hold replicas, but not add to those that stand idle: else a law that has seen
/// one burst grows again and again after the load has gone.
Verdict idle(const GuardContext& c, Replicas proposed) {
  if (c.fallback || !grows(c, proposed) || c.estimate.backlog.value >= 1.0) return std::nullopt;
  const double busy_at = c.policy.target_utilization * c.estimate.capacity.value * kIdleShare * std::max(kLeastIdle, double(current(c)));
  if (likely_rate(c) >= busy_at) return std::nullopt;
  return hold(c, text("the present replicas stand idle: ", likely_rate(c), " rps, likely, use less than half of the set point"));
}

/// The most that the plan wants, and likely demand needs, until a replica asked for later could be ready.
Replicas wanted_within_lead(const GuardContext& c) {
  double most = c.plan.first;
  for (const plan::PlanStage& stage : c.plan.stages) {
    if (stage.offset <= c.ahead.lead) most = std::max(most, std::ceil(stage.replicas - 0.5));
  }
  const double served_each = c.policy.target_utilization * c.estimate.capacity.value;
  const double likely = served_each > 0.0 ? std::ceil(likely_rate(c) / served_each) : most;
  return static_cast<Replicas>(std::min(most, likely));
}

Verdict tolerance(const GuardContext& c, Replicas proposed) {
  const double now = current(c);
  if (c.fallback || !shrinks(c, proposed)) return std::nullopt;
  // A dip of the plan: at least half of the replicas that go would be asked for again.
  if (const Replicas back = wanted_within_lead(c); back > proposed + 1 && 2 * (back - proposed) >= current(c) - proposed)
    return Ruling{std::min(current(c), back), text("the same plan wants ", back, " again within a start-up lag")};
  if (c.plan.raw >= now - 0.5 - kShrinkBand * now) return hold(c, text("the plan wants ", c.plan.raw, ": too close to ", current(c), " to be worth a move"));
  const bool is_small = current(c) - proposed <= std::max(1.0, kSmallShrink * now);
  if (!is_small || c.wanted_lately <= proposed) return std::nullopt;
  return Ruling{std::min(current(c), c.wanted_lately), text("the plan wanted ", c.wanted_lately, " a short while ago: a small shrink waits until that has passed")};
}

/// The last replica goes only when there is nothing to do for certain, and comes back for the first request: a plan weighs lateness against
/// cost, and would let a few requests wait for ever rather than pay for a replica.
Verdict last_replica(const GuardContext& c, Replicas proposed) {
  if (proposed > 0 || hands_off(c)) return std::nullopt;
  const auto measured = [](const Reading& reading, double estimate) { return reading.usable() ? *reading.value : estimate; };
  const double arriving = measured(c.observation.arrival_rate, c.estimate.arrival_rate.value);
  const double waiting = measured(c.observation.backlog, c.estimate.backlog.value >= 0.5 ? c.estimate.backlog.value : 0.0);
  if (arriving <= 0.0 && waiting <= 0.0) return std::nullopt;
  return Ruling{1, text("there is work: ", arriving, " rps arriving, ", waiting, " waiting")};
}

Verdict blind_at_zero(const GuardContext& c, Replicas proposed) {
  if (proposed > 0 || !c.blind_at_zero || hands_off(c)) return std::nullopt;
  return Ruling{1, "without a replica demand cannot be seen (its metrics come from the replicas): at least 1 is kept"};
}

Verdict cooldown(const GuardContext& c, Replicas proposed) {
  if (proposed == current(c)) return std::nullopt;
  const bool up = grows(c, proposed);
  const Seconds limit = up ? c.policy.scale_up.cooldown : c.policy.scale_down.cooldown;
  const Seconds left = cooldown_left(c.moves, limit, c.now);
  if (left <= Seconds(1e-6)) return std::nullopt;
  return hold(c, text(up ? "scaleUp" : "scaleDown", ".cooldownSeconds: ", left.value(), " s left"));
}

Verdict step_limit(const GuardContext& c, Replicas proposed) {
  const bool up = grows(c, proposed);
  const Replicas limit = up ? c.policy.scale_up.max_replicas_per_period : c.policy.scale_down.max_replicas_per_period;
  if (limit <= 0 || std::abs(proposed - current(c)) <= limit) return std::nullopt;
  return Ruling{current(c) + (up ? limit : -limit), text("at most ", limit, " replicas per period")};
}

Verdict flap_budget(const GuardContext& c, Replicas proposed) {
  if (c.policy.max_moves_per_hour <= 0 || proposed == current(c)) return std::nullopt;
  if (c.moves.moves_within(kHour, c.now) < c.policy.max_moves_per_hour) return std::nullopt;
  return hold(c, text("maxMovesPerHour: all ", c.policy.max_moves_per_hour, " moves of this hour are used"));
}

Verdict frozen(const GuardContext& c, Replicas proposed) {
  if (grows(c, proposed) && c.policy.scale_up.frozen) return hold(c, "scaleUp is frozen");
  if (shrinks(c, proposed) && c.policy.scale_down.frozen) return hold(c, "scaleDown is frozen");
  return std::nullopt;
}

Verdict pending_ready(const GuardContext& c, Replicas proposed) {
  if (!c.observation.growth_blocked || !grows(c, proposed)) return std::nullopt;
  return hold(c, "the cluster cannot place more pods now (quota or scheduling); asking for more would only wind up");
}

Verdict schedule(const GuardContext& c, Replicas proposed) {
  if (hands_off(c)) return std::nullopt;
  if (!c.bounds.min_window.empty() && proposed < c.bounds.min) {
    return Ruling{c.bounds.min, text("schedule ", c.bounds.min_window, " asks for at least ", c.bounds.min)};
  }
  if (!c.bounds.max_window.empty() && proposed > c.bounds.max) {
    return Ruling{c.bounds.max, text("schedule ", c.bounds.max_window, " allows at most ", c.bounds.max)};
  }
  return std::nullopt;
}

Verdict min_max(const GuardContext& c, Replicas proposed) {
  if (hands_off(c)) return std::nullopt;
  if (proposed < c.policy.min_replicas) {
    return Ruling{c.policy.min_replicas, text("minReplicas is ", c.policy.min_replicas)};
  }
  if (proposed > c.policy.max_replicas) {
    return Ruling{c.policy.max_replicas, text("maxReplicas is ", c.policy.max_replicas)};
  }
  return std::nullopt;
}

constexpr std::array<Guard, 19> kGuards{{
    {"NotSynced", not_synced},
    {"NotLeader", not_leader},
    {"Paused", paused},
    {"Conflicted", conflicted},
    {"ColdStart", cold_start},
    {"StaleData", stale_data},
    {"RolloutInProgress", rollout_in_progress},
    {"RisingLoad", rising_load},
    {"Idle", idle},
    {"Tolerance", tolerance},
    {"LastReplica", last_replica},
    {"BlindAtZero", blind_at_zero},
    {"Cooldown", cooldown},
    {"StepLimit", step_limit},
    {"FlapBudget", flap_budget},
    {"Frozen", frozen},
    {"PendingReady", pending_ready},
    {"Schedule", schedule},
    {"MinMax", min_max},
}};
}  // namespace

std::span<const Guard> guards() { return kGuards; }

}  // namespace spillway::decide
