#pragma once
#include "crds/v1alpha1/fields.hpp"

/// The status part of the table in fields.hpp.
namespace spillway::v1alpha1 {

template <>
struct Fields<Condition> {
  static void visit(auto&& field) {
    field("type", &Condition::type, text(1, 316).must());
    field("status", &Condition::status, any().must());
    field("reason", &Condition::reason, text(1, 1024, "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$").must());
    field("message", &Condition::message, text(0, 4096).must());
    field("observedGeneration", &Condition::observed_generation, at_least(0));
    field("lastTransitionTime", &Condition::last_transition_time, time().must());
  }
};

template <>
struct Fields<EstimateStatus> {
  static void visit(auto&& field) {
    field("arrivalRate", &EstimateStatus::arrival_rate, quantity());
    field("backlog", &EstimateStatus::backlog, quantity());
    field("capacityPerReplica", &EstimateStatus::capacity_per_replica, quantity());
    field("startupSeconds", &EstimateStatus::startup_seconds, quantity());
    field("poolingPercent", &EstimateStatus::pooling_percent, any());
    field("confidencePercent", &EstimateStatus::confidence_percent, any());
  }
};

template <>
struct Fields<ForecastStatus> {
  static void visit(auto&& field) {
    field("p50", &ForecastStatus::p50, quantity());
    field("p90", &ForecastStatus::p90, quantity());
    field("timeToSaturationSeconds", &ForecastStatus::time_to_saturation_seconds, any());
    field("breachProbabilityPercent", &ForecastStatus::breach_probability_percent, any());
    field("skillPercent", &ForecastStatus::skill_percent, any());
    field("method", &ForecastStatus::method, text(0, 64));
  }
};

template <>
struct Fields<PlanStageStatus> {
  static void visit(auto&& field) {
    field("offsetSeconds", &PlanStageStatus::offset_seconds, any().must());
    field("replicas", &PlanStageStatus::replicas, any().must());
    field("backlog", &PlanStageStatus::backlog, quantity());
  }
};

template <>
struct Fields<PlanStatus> {
  static void visit(auto&& field) {
    field("horizonSeconds", &PlanStatus::horizon_seconds, any());
    field("stages", &PlanStatus::stages, list(12));
    field("quality", &PlanStatus::quality, text(0, 32));
    field("gapPercent", &PlanStatus::gap_percent, any());
  }
};

template <>
struct Fields<ShadowPriceStatus> {
  static void visit(auto&& field) {
    field("constraint", &ShadowPriceStatus::constraint, text(0, 64).must());
    field("price", &ShadowPriceStatus::price, quantity().must());
  }
};

template <>
struct Fields<TrailEntryStatus> {
  static void visit(auto&& field) {
    field("guard", &TrailEntryStatus::guard, text(0, 64).must());
    field("before", &TrailEntryStatus::before, any().must());
    field("after", &TrailEntryStatus::after, any().must());
    field("message", &TrailEntryStatus::message, text(0, 512));
  }
};

template <>
struct Fields<LastDecision> {
  static void visit(auto&& field) {
    field("time", &LastDecision::time, v1alpha1::time().must());
    field("from", &LastDecision::from, any().must());
    field("raw", &LastDecision::raw, quantity());
    field("final", &LastDecision::final_replicas, any().must());
    field("reason", &LastDecision::reason, text(0, 64).must());
    field("message", &LastDecision::message, text(0, 1024));
    field("bindingConstraint", &LastDecision::binding_constraint, text(0, 64));
    field("shadowPrices", &LastDecision::shadow_prices, list(8));
    field("trail", &LastDecision::trail, list(16));
  }
};

template <>
struct Fields<AutoscalerPolicyStatus> {
  static void visit(auto&& field) {
    field("observedGeneration", &AutoscalerPolicyStatus::observed_generation, at_least(0));
    field("conditions", &AutoscalerPolicyStatus::conditions, list(16, "type"));
    field("currentReplicas", &AutoscalerPolicyStatus::current_replicas, any());
    field("readyReplicas", &AutoscalerPolicyStatus::ready_replicas, any());
    field("desiredReplicas", &AutoscalerPolicyStatus::desired_replicas, any());
    field("lastScaleTime", &AutoscalerPolicyStatus::last_scale_time, time());
    field("zone", &AutoscalerPolicyStatus::zone, any());
    field("effectiveParameters", &AutoscalerPolicyStatus::effective_parameters, map(64, 128));
    field("estimate", &AutoscalerPolicyStatus::estimate, any());
    field("forecast", &AutoscalerPolicyStatus::forecast, any());
    field("plan", &AutoscalerPolicyStatus::plan, any());
    field("lastDecision", &AutoscalerPolicyStatus::last_decision, any());
  }
};

}  // namespace spillway::v1alpha1
