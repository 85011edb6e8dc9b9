#include "operator/insight/sample.hpp"

#include <cmath>

namespace spillway::insight {
namespace {

constexpr std::size_t kLevel93 = 5;  // of forecast::kQuantileLevels
static_assert(forecast::kQuantileLevels[kLevel93] == 0.93);

float measured(const Reading& reading) {
  return reading.value && std::isfinite(*reading.value) ? static_cast<float>(*reading.value) : kUnknown;
}

}  // namespace

double backlog_limit(const Policy& policy, double capacity_per_replica, Replicas ready) {
  return policy.max_queue_delay.value() * capacity_per_replica * ready;
}

std::optional<std::size_t> stage_at(const StageGrid& grid, double lead, std::size_t stages) {
  for (std::size_t k = 0; k < std::min(grid.size(), stages); ++k) {
    if (lead >= grid.offset[k] && lead < grid.offset[k] + grid.duration[k]) return k;
  }
  return std::nullopt;
}

std::optional<double> refused_value(const Observation& seen, const estimate::Rejection& rejection) {
  for (const auto& [name, reading] : seen.readings()) {
    if (rejection.metric == name && !reading->value) return std::nullopt;
  }
  return std::isfinite(rejection.value) ? std::optional(rejection.value) : std::nullopt;
}

Sample make_sample(const autoscaler_policy::Verdict& verdict, const Policy& policy, Seconds now) {
  const estimate::StateEstimate& estimate = verdict.trace.estimate;
  Sample sample{.time = now.value()};
  sample.current = static_cast<float>(verdict.observation.replicas);
  sample.ready = static_cast<float>(verdict.observation.ready);
  sample.desired = static_cast<float>(verdict.decision.replicas);
  if (estimate.backlog_known) sample.backlog = static_cast<float>(estimate.backlog.value);
  sample.backlog_limit = static_cast<float>(backlog_limit(policy, estimate.capacity.value, verdict.observation.ready));
  sample.latency = measured(verdict.observation.latency);
  sample.throughput = measured(verdict.observation.throughput);
  if (estimate.demand_known) {
    sample.arrival_rate = static_cast<float>(estimate.arrival_rate.value);
    sample.utilization = static_cast<float>(estimate.utilization);
  }
  if (verdict.trace.plan.status == plan::SolveStatus::kNotRun) return sample;
  sample.breach_probability = static_cast<float>(verdict.trace.outlook.breach_probability);
  const auto& quantiles = verdict.trace.forecast.quantiles;
  if (const auto stage = stage_at(verdict.trace.grid, estimate.startup_p50, quantiles.size())) {
    sample.forecast_lead = static_cast<float>(estimate.startup_p50);
    sample.forecast_median = static_cast<float>(quantiles[*stage][forecast::kMedian]);
    sample.forecast_p93 = static_cast<float>(quantiles[*stage][kLevel93]);
  }
  return sample;
}

DecisionNote make_note(const kube::ObjectKey& key, const autoscaler_policy::Verdict& verdict, Mode mode, Seconds now) {
  DecisionNote note;
  note.id = key.ns + "." + key.name + "-" + std::to_string(std::llround(now.value() * 1000.0));
  note.policy = key;
  note.time = now.value();
  note.mode = mode;
  note.from = verdict.observation.replicas;
  note.to = verdict.decision.replicas;
  note.raw = verdict.decision.raw;
  note.reason = verdict.decision.reason;
  note.message = verdict.decision.message;
  note.write = verdict.write.outcome;
  note.binding_constraint = verdict.trace.plan.binding_constraint;
  note.prices = verdict.trace.plan.prices;
  note.trail = verdict.decision.trail;
  return note;
}

}  // namespace spillway::insight
