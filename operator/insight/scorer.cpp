#include "operator/insight/scorer.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::insight {
namespace {

constexpr std::size_t kMostPending = 512;
constexpr std::size_t kMostLeads = 50;
// The kinds of leads, as they stand in Scores::horizons.
constexpr std::size_t kOnePeriod = 0;
constexpr std::size_t kStartup = 1;
constexpr std::size_t kHalfHorizon = 2;
constexpr std::size_t kLeads = 3;

}  // namespace

std::optional<double> Scores::median_warning_lead() const {
  if (warning_leads.empty()) return std::nullopt;
  std::vector<double> sorted(warning_leads.begin(), warning_leads.end());
  std::ranges::sort(sorted);
  return sorted[sorted.size() / 2];
}

void Scorer::observe(const autoscaler_policy::Verdict& verdict, const Policy& policy, Seconds now) {
  const estimate::StateEstimate& estimate = verdict.trace.estimate;
  const double limit = backlog_limit(policy, estimate.capacity.value, verdict.observation.ready);
  breach_.see(now, limit > 0.0 && estimate.backlog.value > limit);
  if (estimate.demand_known) {
    judge_rates(estimate.arrival_rate.value, policy.control_period.value(), now.value());
    judge_warning(verdict, verdict.trace.grid.end(), now.value());
  }
  if (verdict.trace.plan.status != plan::SolveStatus::kNotRun && estimate.demand_known) remember(verdict, policy, now.value());
  scores_.breach = breach_.scores();
}

void Scorer::judge_rates(double rate, double period, double now) {
  // Due times of different leads are not in order; the queue is short.
  for (auto at = rates_.begin(); at != rates_.end();) {
    if (at->due > now) {
      ++at;
      continue;
    }
    if (now - at->due <= period) {
      HorizonScore& score = scores_.horizons[at->horizon];
      ++score.samples;
      score.error_sum += std::abs(at->quantiles[forecast::kMedian] - rate);
      score.hold_error_sum += std::abs(at->rate_then - rate);
      if (at->horizon == kStartup) {
        ++scores_.coverage_samples;
        for (std::size_t i = 0; i < at->quantiles.size(); ++i) scores_.covered[i] += rate <= at->quantiles[i];
      }
      if (!scores_.since) scores_.since = now;
    }
    at = rates_.erase(at);
  }
}

void Scorer::judge_warning(const autoscaler_policy::Verdict& verdict, double horizon, double now) {
  const estimate::StateEstimate& estimate = verdict.trace.estimate;
  const bool saturated = estimate.utilization >= 1.0;
  if (warning_) {
    if (estimate.arrival_rate.value >= warning_->capacity) {
      ++scores_.hits;
      scores_.warning_leads.push_back(now - warning_->time);
      if (scores_.warning_leads.size() > kMostLeads) scores_.warning_leads.pop_front();
      warning_.reset();
      saturated_ = true;  // the warning was for this one
    } else if (now > warning_->until) {
      ++scores_.false_alarms;
      warning_.reset();
    }
  } else if (saturated && !saturated_) {
    ++scores_.misses;
  }
  const double capacity = verdict.observation.ready * estimate.capacity.value;
  if (saturated) {
    saturated_ = true;
  } else if (estimate.arrival_rate.value < 0.95 * capacity) {
    saturated_ = false;
  }
  const bool warned = verdict.trace.outlook.median_time_to_saturation().has_value();
  if (warned && !warning_ && !saturated_ && capacity > 0.0) warning_ = Warning{now, now + horizon, capacity};
}

std::size_t Scorer::horizon_of(std::size_t kind, double lead) {
  if (scores_.horizons.empty()) scores_.horizons.resize(kLeads);
  scores_.horizons[kind].lead = lead;  // the start-up lag is learned, so its lead moves a little
  return kind;
}

void Scorer::remember(const autoscaler_policy::Verdict& verdict, const Policy& policy, double now) {
  const auto& trace = verdict.trace;
  const std::array<double, kLeads> leads = {policy.control_period.value(), std::max(trace.estimate.startup_p50, 1.0),
                                            trace.grid.end() / 2.0};
  for (std::size_t kind = kOnePeriod; kind <= kHalfHorizon; ++kind) {
    const auto stage = stage_at(trace.grid, leads[kind], trace.forecast.quantiles.size());
    if (!stage || rates_.size() >= kMostPending) continue;
    rates_.push_back({now + leads[kind], horizon_of(kind, leads[kind]), trace.estimate.arrival_rate.value, trace.forecast.quantiles[*stage]});
  }
  breach_.say(Seconds(now), trace.outlook.breach_probability, trace.estimate.utilization > kBusy);
}

}  // namespace spillway::insight
