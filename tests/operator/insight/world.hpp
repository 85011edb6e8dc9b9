#pragma once
#include "operator/insight/policy_view.hpp"

namespace spillway::insight {

/// A policy that decides every 10 s, told step by step what it sees. Capacity 10 requests/s and replica, start-up lag 20 s, horizon 60 s, delay limit 0.5 s.
class World {
 public:
  autoscaler_policy::Verdict verdict = first();
  autoscaler_policy::PolicyObject object;
  v1alpha1::AutoscalerPolicyStatus status;
  Policy law;
  double now = 1000.0;
  Mode mode = Mode::kActive;

  World() {
    object.meta.ns = "shop";
    object.meta.name = "checkout";
    object.meta.uid = "1";
    object.policy.emplace();
    object.policy->spec.max_replicas = 10;
    law.control_period = Seconds(10);
    law.max_replicas = 10;
    law.max_queue_delay = Seconds(0.5);
  }

  World& see(double rate, double backlog = 0.0) {
    verdict.trace.estimate.arrival_rate = {rate, 1.0};
    verdict.trace.estimate.backlog = {backlog, 1.0};
    verdict.trace.estimate.utilization = rate / (10.0 * std::max(1, verdict.observation.ready));
    return *this;
  }
  World& see_nothing() {
    verdict.trace.estimate.demand_known = verdict.trace.estimate.backlog_known = false;
    verdict.trace.plan.status = plan::SolveStatus::kNotRun;
    return *this;
  }
  World& pods(Replicas ready) {
    verdict.observation.ready = verdict.observation.replicas = verdict.decision.replicas = ready;
    return *this;
  }
  World& predict(double rate, double breach = 0.0, std::optional<double> saturation = {}) {
    for (auto& stage : verdict.trace.forecast.quantiles) stage.fill(rate);
    verdict.trace.outlook.breach_probability = breach;
    verdict.trace.outlook.time_to_saturation = {saturation, saturation, std::nullopt};
    return *this;
  }
  World& condition(const char* type, v1alpha1::ConditionStatus state, const char* reason) {
    status.conditions = {{type, state, reason, "because", 1, {}}};
    return *this;
  }
  World& later(double seconds = 10.0) {
    now += seconds;
    return *this;
  }
  PolicyView view() const {
    PolicyView view;
    view.object = std::make_shared<autoscaler_policy::PolicyObject>(object);
    view.findings.now = Seconds(now);
    view.findings.mode = mode;
    view.findings.verdict = verdict;
    view.verdict = verdict;
    view.status = status;
    view.law = law;
    view.decided_at = now;
    view.note = make_note(object.meta.key(), verdict, mode, Seconds(now));
    return view;
  }

 private:
  static autoscaler_policy::Verdict first() {
    autoscaler_policy::Verdict verdict;
    auto& estimate = verdict.trace.estimate;
    estimate.demand_known = estimate.backlog_known = true;
    estimate.capacity = {10.0, 1.0};
    estimate.concurrency = {1.0, 1.0};
    estimate.startup_p50 = 20.0;
    verdict.trace.grid = {{0, 10, 20, 30, 40, 50}, {10, 10, 10, 10, 10, 10}};
    verdict.trace.forecast.quantiles.resize(6);
    verdict.trace.plan.status = plan::SolveStatus::kOptimal;
    verdict.observation.ready = verdict.observation.replicas = verdict.decision.replicas = 4;
    return verdict;
  }
};

}  // namespace spillway::insight
