#include "controllers/autoscaler_policy/report.hpp"

#include <algorithm>
#include <cmath>

#include "controllers/autoscaler_policy/conditions.hpp"

namespace spillway::autoscaler_policy {
namespace {

using v1alpha1::ResourceQuantity;

v1alpha1::Time to_time(Seconds now) {
  return v1alpha1::Time(std::chrono::seconds(static_cast<long>(now.value())));
}

int percent(double share) {
  return static_cast<int>(std::lround(100.0 * std::clamp(share, 0.0, 1.0)));
}

v1alpha1::EstimateStatus estimate_status(const estimate::StateEstimate& estimate) {
  v1alpha1::EstimateStatus status;
  if (estimate.demand_known) status.arrival_rate = ResourceQuantity::of(estimate.arrival_rate.value);
  if (estimate.backlog_known) status.backlog = ResourceQuantity::of(estimate.backlog.value);
  status.capacity_per_replica = ResourceQuantity::of(estimate.capacity.value);
  status.startup_seconds = ResourceQuantity::of(estimate.startup_p50);
  status.pooling_percent = percent(estimate.pooling.value);
  status.confidence_percent = percent(std::min({estimate.arrival_rate.confidence, estimate.capacity.confidence}));
  return status;
}

/// The 90 % quantile lies between two that the forecast carries.
double p90(const std::array<double, forecast::kQuantileLevels.size()>& quantiles) {
  constexpr std::size_t kBelow = 4;  // 85 %; the next one is 93 %
  const double low = forecast::kQuantileLevels[kBelow], high = forecast::kQuantileLevels[kBelow + 1];
  const double share = (0.90 - low) / (high - low);
  return quantiles[kBelow] + share * (quantiles[kBelow + 1] - quantiles[kBelow]);
}

v1alpha1::ForecastStatus forecast_status(const loop::Trace& trace) {
  v1alpha1::ForecastStatus status;
  const auto& quantiles = trace.forecast.quantiles;
  if (!quantiles.empty()) {
    std::size_t stage = 0;
    while (stage + 1 < std::min(quantiles.size(), trace.grid.size()) &&
           trace.grid.offset[stage + 1] <= trace.estimate.startup_p50)
      ++stage;
    status.p50 = ResourceQuantity::of(quantiles[stage][forecast::kMedian]);
    status.p90 = ResourceQuantity::of(p90(quantiles[stage]));
  }
  if (const auto& time = trace.outlook.median_time_to_saturation()) status.time_to_saturation_seconds = static_cast<int>(*time);
  status.breach_probability_percent = percent(trace.outlook.breach_probability);
  status.skill_percent = percent(trace.forecast.skill);
  status.method = trace.forecast.method;
  return status;
}

v1alpha1::PlanStatus plan_status(const loop::Trace& trace) {
  constexpr std::size_t kMostStages = 12;
  v1alpha1::PlanStatus status;
  status.horizon_seconds = static_cast<int>(std::lround(trace.grid.end()));
  for (const plan::PlanStage& stage : trace.plan.stages) {
    if (status.stages.size() == kMostStages) break;
    status.stages.push_back({static_cast<int>(std::lround(stage.offset)),
                             static_cast<int>(std::ceil(stage.replicas - 1e-6)), ResourceQuantity::of(stage.backlog)});
  }
  status.quality = to_string(trace.plan.quality);
  status.gap_percent = percent(trace.plan.gap);
  return status;
}

v1alpha1::LastDecision last_decision(const Verdict& verdict, Seconds now) {
  v1alpha1::LastDecision last;
  last.time = to_time(now);
  last.from = verdict.observation.replicas;
  last.raw = ResourceQuantity::of(verdict.decision.raw);
  last.final_replicas = verdict.decision.replicas;
  last.reason = verdict.decision.reason;
  last.message = verdict.decision.message;
  const plan::Plan& plan = verdict.trace.plan;
  if (!plan.binding_constraint.empty()) last.binding_constraint = plan.binding_constraint;
  for (const auto& price : plan.prices)
    last.shadow_prices.push_back({price.constraint, ResourceQuantity::of(price.price)});
  for (const auto& entry : verdict.decision.trail)
    last.trail.push_back({entry.guard, entry.before, entry.after, entry.message});
  return last;
}

void report_verdict(const Findings& findings, const ZoneThresholds& zones, v1alpha1::AutoscalerPolicyStatus& status) {
  const Verdict& verdict = *findings.verdict;
  const bool moved = verdict.write.outcome == WriteOutcome::kWritten;
  status.current_replicas = verdict.observation.replicas;
  status.ready_replicas = verdict.observation.ready;
  status.desired_replicas = verdict.decision.replicas;
  if (moved) status.last_scale_time = to_time(findings.now);
  const auto& estimate = verdict.trace.estimate;
  if (estimate.demand_known) status.zone = judge_zone(estimate.utilization, status.zone, zones);
  status.estimate = estimate_status(estimate);
  if (verdict.trace.plan.status != plan::SolveStatus::kNotRun) {
    status.forecast = forecast_status(verdict.trace);
    status.plan = plan_status(verdict.trace);
  } else {
    status.forecast.reset();  // an old forecast is none; the old plan may still be followed (fallback LastPlan)
  }
  status.last_decision = last_decision(verdict, findings.now);
}

bool differs(const std::optional<ResourceQuantity>& a, const std::optional<ResourceQuantity>& b) {
  constexpr double kNotable = 0.05;
  if (a.has_value() != b.has_value()) return true;
  return a && std::abs(a->value - b->value) > kNotable * std::max(std::abs(a->value), std::abs(b->value)) + 1e-9;
}

bool differs(const std::optional<v1alpha1::EstimateStatus>& a, const std::optional<v1alpha1::EstimateStatus>& b) {
  if (!a || !b) return a.has_value() != b.has_value();
  return differs(a->arrival_rate, b->arrival_rate) || differs(a->backlog, b->backlog) ||
         differs(a->capacity_per_replica, b->capacity_per_replica) || differs(a->startup_seconds, b->startup_seconds);
}

/// Messages hold figures that change all the time; type, status, reason and generation are what is waited for. Who the rivals are is no figure.
bool same_verdict(const v1alpha1::Condition& a, const v1alpha1::Condition& b) {
  const bool names_rivals = a.type == v1alpha1::kConflicted && a.status == v1alpha1::ConditionStatus::kTrue;
  return a.type == b.type && a.status == b.status && a.reason == b.reason &&
         a.observed_generation == b.observed_generation && (!names_rivals || a.message == b.message);
}

}  // namespace

v1alpha1::Zone judge_zone(double utilization, std::optional<v1alpha1::Zone> before, const ZoneThresholds& thresholds) {
  const auto reaches = [&](double threshold, v1alpha1::Zone zone) {
    const bool already = before && *before >= zone;
    return utilization >= (already ? threshold - thresholds.hysteresis : threshold);
  };
  if (reaches(thresholds.collapse, v1alpha1::Zone::kCollapse)) return v1alpha1::Zone::kCollapse;
  if (reaches(thresholds.warning, v1alpha1::Zone::kWarning)) return v1alpha1::Zone::kWarning;
  return v1alpha1::Zone::kSafe;
}

v1alpha1::AutoscalerPolicyStatus make_status(const Findings& findings, std::int64_t generation,
                                             v1alpha1::AutoscalerPolicyStatus before, const ZoneThresholds& zones) {
  v1alpha1::AutoscalerPolicyStatus status = std::move(before);
  const v1alpha1::Time now = to_time(findings.now);
  status.observed_generation = generation;
  if (!findings.effective_parameters.empty()) status.effective_parameters = findings.effective_parameters;
  if (findings.verdict) report_verdict(findings, zones, status);
  status.conditions = v1alpha1::with_all_types(std::move(status.conditions), generation, now);
  for (const auto& update : judge_conditions(findings)) {
    status.conditions = v1alpha1::set_condition(std::move(status.conditions), update, generation, now);
  }
  return status;
}

bool is_worth_writing(const v1alpha1::AutoscalerPolicyStatus& written, const v1alpha1::AutoscalerPolicyStatus& now,
                      std::chrono::seconds since_written) {
  if (since_written >= std::chrono::minutes(1)) return true;
  if (!std::ranges::equal(written.conditions, now.conditions, same_verdict)) return true;
  if (written.observed_generation != now.observed_generation || written.current_replicas != now.current_replicas ||
      written.ready_replicas != now.ready_replicas || written.desired_replicas != now.desired_replicas ||
      written.last_scale_time != now.last_scale_time || written.zone != now.zone ||
      written.effective_parameters != now.effective_parameters) {
    return true;
  }
  const bool reason_changed = written.last_decision.has_value() != now.last_decision.has_value() ||
                              (now.last_decision && written.last_decision->reason != now.last_decision->reason);
  return reason_changed || differs(written.estimate, now.estimate);
}

}  // namespace spillway::autoscaler_policy
