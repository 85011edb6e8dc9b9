#include "bench/lab/summary_json.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace spillway::bench {
namespace {
using nlohmann::json;

json reference_figures(const Run& run) {
  std::vector<double> missing;
  double sum = 0.0;
  for (const Tick& tick : run.ticks) {
    missing.push_back(std::max(0, tick.needed - tick.ready));
    sum += missing.back();
  }
  std::sort(missing.begin(), missing.end());
  const std::size_t n = missing.size();
  const Summary& s = run.summary;
  return {
      {"avg_replicas", s.mean_replicas},
      {"max_replicas", s.max_replicas},
      {"replica_variation_sum_abs_delta", s.variation},
      {"utilization_mean", s.utilization_mean},
      {"utilization_p95", s.utilization_p95},
      {"slo_violation_ratio", s.late_share},
      {"overflow_mean_replicas", n > 0 ? sum / static_cast<double>(n) : 0.0},
      {"overflow_p95_replicas", n > 0 ? missing[static_cast<std::size_t>(0.95 * static_cast<double>(n - 1))] : 0.0}};
}

json all_figures(const Summary& s) {
  return {
      {"law", s.law},
      {"offered", s.totals.offered},
      {"completed", s.totals.completed},
      {"abandoned", s.totals.abandoned},
      {"refused", s.totals.refused},
      {"late", s.totals.late},
      {"late_share", s.late_share},
      {"success_share", s.success_share},
      {"throughput_rps", static_cast<double>(s.totals.completed) / s.duration},
      {"wait_s", {{"p50", s.wait_p50}, {"p95", s.wait_p95}, {"p99", s.wait_p99}, {"max", s.wait_max}}},
      {"latency_s", {{"p50", s.latency_p50}, {"p95", s.latency_p95}, {"p99", s.latency_p99}, {"max", s.latency_max}}},
      {"replica_seconds", s.replica_seconds},
      {"ideal_replica_seconds", s.ideal_replica_seconds},
      {"mean_replicas", s.mean_replicas},
      {"max_replicas", s.max_replicas},
      {"moves", s.moves},
      {"reversals", s.reversals},
      {"variation", s.variation},
      {"breach_seconds", s.breach_seconds},
      {"recovery_seconds", s.recovery},
      {"utilization_mean", s.utilization_mean},
      {"utilization_p95", s.utilization_p95},
      {"elasticity_percent",
       {{"under_provisioning_accuracy", s.elasticity.under_accuracy},
        {"over_provisioning_accuracy", s.elasticity.over_accuracy},
        {"under_provisioning_timeshare", s.elasticity.under_timeshare},
        {"over_provisioning_timeshare", s.elasticity.over_timeshare},
        {"instability", s.elasticity.instability}}},
      {"cost", s.cost}};
}

}  // namespace

std::string summary_json(const Scenario& scenario, const std::vector<Run>& runs) {
  const auto find = [&](const char* prefix) {
    return std::find_if(runs.begin(), runs.end(), [&](const Run& run) { return run.summary.law.starts_with(prefix); });
  };
  json out;
  const Service& service = scenario.service;
  out["config"] = {{"scenario", scenario.name},
                   {"capacity_rps", service.capacity},
                   {"concurrency", service.concurrency},
                   {"target_utilization", service.target},
                   {"min_replicas", service.min},
                   {"max_replicas", service.max},
                   {"initial_replicas", scenario.plant.initial},
                   {"control_period_s", service.period},
                   {"startup_s", scenario.plant.startup},
                   {"max_queue_delay_s", scenario.plant.late_after},
                   {"timeout_s", scenario.plant.timeout},
                   {"late_penalty", scenario.penalty()},
                   {"seed", scenario.plant.seed}};
  out["n_points"] = scenario.trace.size();
  const auto hpa = find("HPA");
  const auto mpc = find("Spillway");
  out["hpa"] = hpa != runs.end() ? reference_figures(*hpa) : json();
  out["mpc"] = mpc != runs.end() ? reference_figures(*mpc) : json();
  out["delta_mpc_minus_hpa"] = nullptr;
  if (hpa != runs.end() && mpc != runs.end())
    for (const auto& [key, value] : out["hpa"].items())
      out["delta_mpc_minus_hpa"][key] = out["mpc"][key].get<double>() - value.get<double>();
  out["laws"] = json::array();
  for (const Run& run : runs) out["laws"].push_back(all_figures(run.summary));
  return out.dump(2);
}

}  // namespace spillway::bench
