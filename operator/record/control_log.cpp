#include "operator/record/control_log.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "crds/v1alpha1/codec.hpp"

namespace spillway::record {
namespace {

constexpr std::size_t kP97 = 6;
static_assert(forecast::kQuantileLevels[kP97] == 0.97);
constexpr const char* kColumns =
    "ts_utc,control_mode,elapsed_s,observed_rps,observed_cpu_cores,observed_inflight,rps_query_failed,cpu_query_failed,inflight_query_failed,"
    "demand_proxy_rps,backlog_state,prev_replicas,ready_replicas,desired_replicas,qp_recommended_replicas,recommended_replicas,applied_replicas,"
    "emergency_scale_up,surge_scale_up,capacity_scale_up,downscale_blocked,downscale_limited,safety_raised,solver_status,"
    "plan_quality,cost,forecast_p50_rps,forecast_p97_rps,reason,guards,message";

const char* mode_name(Mode mode) {
  switch (mode) {
    case Mode::kDryRun:
      return "dry-run";
    case Mode::kPaused:
      return "paused";
    default:
      return "mpc";
  }
}

/// Six digits: more than any sensor has, and short to read.
std::string cell(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.6g", value);
  return digits;
}

std::string cell(const Reading& reading) { return reading.usable() ? cell(*reading.value) : ""; }
std::string failed(const Reading& reading) { return reading.usable() || reading.absence == Absence::kNotAsked ? "0" : "1"; }
std::string flag(bool is_set) { return is_set ? "1" : "0"; }

std::string quoted(const std::string& words) {
  std::string out(1, '"');
  for (const char c : words) {
    if (c == '"') out.push_back('"');
    out.push_back(c);
  }
  out.push_back('"');
  return out;
}

/// Whether the guard with that name cut this decision.
bool clamped(const decide::Decision& decision, std::string_view guard) {
  return std::any_of(decision.trail.begin(), decision.trail.end(), [&](const auto& entry) { return entry.guard == guard; });
}

std::string guards_of(const decide::Decision& decision) {
  std::string names;
  for (const decide::TrailEntry& entry : decision.trail) names += (names.empty() ? "" : " ") + entry.guard;
  return names;
}

std::string utc(Seconds now) {
  return v1alpha1::format_time(v1alpha1::Time(std::chrono::seconds(static_cast<std::int64_t>(std::floor(now.value())))));
}

std::string join(const std::vector<std::string>& cells) {
  std::string line;
  for (const std::string& each : cells) line += (line.empty() ? "" : ",") + each;
  return line;
}

}  // namespace

std::string ControlLog::header() { return kColumns; }

std::string ControlLog::add(const ReplayedStep& step) {
  const auto& [now, policy, seen, decision, trace] = step;
  const forecast::DisturbanceForecast& ahead = step.trace.forecast;  // by name: clang before 16 lets no lambda see a structured binding
  if (!began_) began_ = now;
  const Replicas before = seen.replicas, wanted = trace.estimate.demand_known ? trace.plan.first : before;
  // Only an Active policy's decision reaches the target.
  const Replicas applied = policy.mode == Mode::kActive ? decision.replicas : before;
  const bool grew = decision.replicas > before;

  ++samples_;
  replica_sum_ += before;
  most_replicas_ = std::max({most_replicas_, before, applied});
  variation_ += std::abs(applied - before);
  if (seen.arrival_rate.usable()) {
    ++rate_samples_;
    rate_sum_ += *seen.arrival_rate.value;
    most_rate_ = std::max(most_rate_, *seen.arrival_rate.value);
  }
  if (seen.backlog.usable()) most_inflight_ = std::max(most_inflight_.value_or(0.0), *seen.backlog.value);
  if (trace.estimate.demand_known) {
    ++demand_samples_;
    demand_sum_ += trace.estimate.arrival_rate.value;
  }
  if (grew) ++growth_[decision.reason];
  ++solver_[plan::to_string(trace.plan.status)];

  const bool known = trace.estimate.demand_known;
  const auto quantile = [&](std::size_t index) {
    return known && !ahead.quantiles.empty() ? cell(ahead.quantiles.front()[index]) : std::string();
  };
  return join({utc(now), mode_name(policy.mode), cell((now - *began_).value()), cell(seen.arrival_rate), "", cell(seen.backlog),
               failed(seen.arrival_rate), "", failed(seen.backlog), known ? cell(trace.estimate.arrival_rate.value) : "",
               trace.estimate.backlog_known ? cell(trace.estimate.backlog.value) : "", cell(before), cell(seen.ready), cell(decision.replicas), known ? cell(decision.raw) : "",
               cell(wanted), cell(applied), flag(grew && decision.reason == "BacklogGrowth"), flag(grew && decision.reason == "ForecastGrowth"),
               flag(grew && decision.reason == "DemandGrowth"), flag(wanted < before && decision.replicas >= before),
               flag(wanted < before && decision.replicas < before && decision.replicas > wanted && clamped(decision, "StepLimit")),
               flag(decision.replicas > wanted), plan::to_string(trace.plan.status), plan::to_string(trace.plan.quality),
               known ? cell(trace.plan.cost) : "", quantile(forecast::kMedian), quantile(kP97), decision.reason,
               guards_of(decision), quoted(decision.message)});
}

std::string ControlLog::summary_csv() const {
  const auto mean = [](double sum, int count) { return count > 0 ? cell(sum / count) : std::string(); };
  std::string out = "figure,value\n";
  const auto line = [&](const std::string& figure, const std::string& value) { out += figure + "," + value + "\n"; };
  line("samples", cell(samples_));
  line("avg_replicas", mean(replica_sum_, samples_));
  line("max_replicas", cell(most_replicas_));
  line("replica_variation_sum_abs_delta", cell(variation_));
  line("max_observed_rps", rate_samples_ > 0 ? cell(most_rate_) : "");
  line("avg_observed_rps", mean(rate_sum_, rate_samples_));
  line("max_observed_inflight", most_inflight_ ? cell(*most_inflight_) : "");
  line("avg_demand_proxy_rps", mean(demand_sum_, demand_samples_));
  for (const auto& [reason, count] : growth_) line("scale_up_" + reason, cell(count));
  for (const auto& [status, count] : solver_) line("solver_" + status, cell(count));
  return out;
}

}  // namespace spillway::record
