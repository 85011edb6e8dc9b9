#include <algorithm>

#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/enums.hpp"
#include "crds/v1alpha1/resolve.hpp"
#include "model/decide/bounds.hpp"
#include "operator/api/views.hpp"

namespace spillway::api {
namespace {

Json estimated(const estimate::Estimated& value, bool known = true) {
  return {{"value", known ? number(value.value) : Json(nullptr)}, {"confidence", std::clamp(std::isfinite(value.confidence) ? value.confidence : 0.0, 0.0, 1.0)}};
}

Json estimate_view(const estimate::StateEstimate& estimate, const Observation& seen) {
  Json rejections = Json::array();
  for (const auto& rejection : estimate.rejections) {
    rejections.push_back({{"metric", rejection.metric}, {"reason", rejection.reason}, {"value", number(insight::refused_value(seen, rejection))}});
  }
  return {{"arrivalRate", estimated(estimate.arrival_rate, estimate.demand_known)},
          {"backlog", estimated(estimate.backlog, estimate.backlog_known)},
          {"capacityPerReplica", estimated(estimate.capacity)},
          {"concurrencyPerReplica", estimated(estimate.concurrency)},
          {"startupP50Seconds", number(estimate.startup_p50)},
          {"startupP90Seconds", number(estimate.startup_p90)},
          {"startupConfidence", std::clamp(estimate.startup_confidence, 0.0, 1.0)},
          {"poolingPercent", static_cast<int>(std::lround(100.0 * std::clamp(estimate.pooling.value, 0.0, 1.0)))},
          {"variability", estimated(estimate.variability)},
          {"metricDelaySeconds", number(estimate.metric_delay)},
          {"utilization", estimate.demand_known ? number(estimate.utilization) : Json(nullptr)},
          {"demandKnown", estimate.demand_known},
          {"degraded", estimate.degraded},
          {"degradedReason", estimate.degraded_reason},
          {"warm", estimate.warm},
          {"regimeShift", estimate.regime_shift},
          {"rejections", std::move(rejections)}};
}

/// null: nothing is planned. A time of null: not within the horizon with that probability.
Json saturation_view(const loop::Trace& trace) {
  if (trace.plan.status == plan::SolveStatus::kNotRun) return nullptr;
  Json times = Json::array();
  for (std::size_t i = 0; i < forecast::Outlook::kLevels.size(); ++i) {
    const auto& time = trace.outlook.time_to_saturation[i];
    times.push_back({{"probability", forecast::Outlook::kLevels[i]}, {"withinSeconds", time ? number(*time) : Json(nullptr)}});
  }
  return times;
}

Json forecast_view(const loop::Trace& trace) {
  if (trace.forecast.quantiles.empty() || !trace.estimate.demand_known) return nullptr;
  Json stages = Json::array();
  for (std::size_t k = 0; k < std::min(trace.forecast.quantiles.size(), trace.grid.size()); ++k) {
    Json quantiles = Json::array();
    for (const double value : trace.forecast.quantiles[k]) quantiles.push_back(number(value));
    stages.push_back({{"offsetSeconds", trace.grid.offset[k]}, {"durationSeconds", trace.grid.duration[k]}, {"quantiles", std::move(quantiles)}});
  }
  return {{"method", trace.forecast.method},
          {"flat", trace.forecast.flat},
          {"skill", number(trace.forecast.skill)},
          {"seasonSeconds", trace.forecast.season > 0.0 ? number(trace.forecast.season) : Json(nullptr)},
          {"saturation", saturation_view(trace)},
          {"levels", forecast::kQuantileLevels},
          {"stages", std::move(stages)}};
}

Json plan_view(const loop::Trace& trace) {
  const plan::Plan& plan = trace.plan;
  if (plan.status == plan::SolveStatus::kNotRun) return nullptr;
  Json stages = Json::array(), prices = Json::array();
  for (std::size_t k = 0; k < std::min(plan.stages.size(), trace.grid.size()); ++k) {
    const auto& stage = plan.stages[k];
    stages.push_back({{"offsetSeconds", stage.offset},
                      {"durationSeconds", trace.grid.duration[k]},
                      {"replicas", number(stage.replicas)},
                      {"ready", number(stage.ready)},
                      {"backlog", number(stage.backlog)}});
  }
  for (const auto& price : plan.prices) prices.push_back({{"constraint", price.constraint}, {"price", number(price.price)}});
  return {{"horizonSeconds", trace.grid.end()},
          {"status", to_string(plan.status)},
          {"quality", to_string(plan.quality)},
          {"gapPercent", number(100.0 * plan.gap)},
          {"cost", number(plan.cost)},
          {"raw", number(plan.raw)},
          {"bindingConstraint", plan.binding_constraint},
          {"shadowPrices", std::move(prices)},
          {"stages", std::move(stages)}};
}

Json readings_view(const Observation& seen, double now) {
  Json list = Json::array();
  for (const auto& [name, reading] : seen.readings()) {
    if (reading->absence == Absence::kNotAsked) continue;
    list.push_back({{"metric", name},
                    {"value", reading->value ? number(*reading->value) : Json(nullptr)},
                    {"absence", to_string(reading->absence)},
                    {"detail", reading->detail},
                    {"ageSeconds", reading->value ? number(now - reading->time.value()) : Json(nullptr)}});
  }
  return list;
}

Json conditions_view(const std::vector<v1alpha1::Condition>& conditions) {
  Json list = Json::array();
  for (const auto& condition : conditions) {
    list.push_back({{"type", condition.type},
                    {"status", v1alpha1::to_string(condition.status)},
                    {"reason", condition.reason},
                    {"message", condition.message},
                    {"lastTransitionTime", v1alpha1::format_time(condition.last_transition_time)},
                    {"observedGeneration", condition.observed_generation}});
  }
  return list;
}

Json profiles_view(v1alpha1::AutoscalerPolicySpec spec) {
  Json profiles;
  for (const Profile profile : {Profile::kSafe, Profile::kNormal, Profile::kPerformance}) {
    spec.profile = profile;
    profiles[v1alpha1::to_string(profile)] = v1alpha1::resolve(spec).effective_parameters;
  }
  return profiles;
}

}  // namespace

Json detail_view(const insight::PolicyPage& page, const Zones& zones, double now) {
  const insight::PolicyView& policy = *page.view;
  const auto& verdict = policy.verdict;
  const v1alpha1::AutoscalerPolicySpec spec = policy.object->policy ? policy.object->policy->spec : v1alpha1::AutoscalerPolicySpec{};
  const decide::Bounds bounds = verdict ? decide::bounds_at(verdict->observation.calendar, policy.law, Seconds(policy.decided_at))
                                        : decide::Bounds{spec.min_replicas, spec.max_replicas, {}, {}};
  const Json limit = verdict ? number(insight::backlog_limit(policy.law, verdict->trace.estimate.capacity.value, verdict->observation.ready)) : Json(nullptr);
  return {{"summary", view(page.summary)},
          {"generation", policy.object->meta.generation},
          {"spec", policy.object->policy ? Json(v1alpha1::encode_spec(spec)) : Json::object()},
          {"status", v1alpha1::encode_status(policy.status)},
          {"effectiveParameters", policy.status.effective_parameters},
          {"profiles", profiles_view(spec)},
          {"conditions", conditions_view(policy.status.conditions)},
          {"readings", verdict ? readings_view(verdict->observation, policy.decided_at) : Json::array()},
          {"estimate", verdict ? estimate_view(verdict->trace.estimate, verdict->observation) : Json(nullptr)},
          {"forecast", verdict ? forecast_view(verdict->trace) : Json(nullptr)},
          {"plan", verdict ? plan_view(verdict->trace) : Json(nullptr)},
          {"decision", policy.note ? view(*policy.note) : Json(nullptr)},
          {"decidedAt", verdict ? Json(moment(policy.decided_at)) : Json(nullptr)},
          {"controlPeriodSeconds", spec.control_period_seconds},
          {"nextDecisionAt", verdict ? Json(moment(policy.findings.now.value() + spec.control_period_seconds)) : Json(nullptr)},
          {"zones", view(zones)},
          {"limits",
           {{"minReplicas", bounds.min},
            {"maxReplicas", bounds.max},
            {"maxQueueDelaySeconds", spec.objective.max_queue_delay_milliseconds / 1000.0},
            {"backlogLimit", limit}}},
          {"why", policy.note ? policy.note->message : page.summary.situation},
          {"whyNotMore", insight::why_not_more(policy)},
          {"incidents", views(page.incidents, now)},
          {"scores", view(page.scores)}};
}

}  // namespace spillway::api
