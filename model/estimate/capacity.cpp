#include "model/estimate/capacity.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace spillway::estimate {
namespace {
// Standard deviations of the logarithm of mu.
constexpr double kGivenSigma = 0.05;       // the policy said so
constexpr double kAssumedSigma = 0.7;      // the operating-point assumption
constexpr double kSurpriseSigma = 0.4;     // after a sudden change
constexpr double kDriftPerSecond = 1e-6;   // variance; about 6 % in an hour
constexpr double kFirstSurpriseTrust = 0.3;  // share of the gain that a single far sample gets
// How far a measurement may move a capacity that the policy gave.
constexpr double kLeastOfGiven = 0.25, kMostOfGiven = 2.0;
constexpr double kLeastUtilization = 0.03;  // below it what pods do by themselves counts
// A capacity learned below what the policy gave is tried anew while nothing waits, ever more rarely if it proves right.
constexpr double kReturnSeconds = 4.0 * 3600.0, kSlowestReturn = 32.0 * 3600.0;
constexpr double kRefuted = 0.03;  // a loss of that much while returning
// The search: a step over what was served in time; how much it is then believed; looks in a row that are late and end it.
constexpr double kSearchStep = 1.1, kSearchedSigma = 0.45;
constexpr int kLateLooks = 2;
constexpr double kReachedFade = 1.0 / 86400.0;  // per second
}  // namespace

Capacity::Capacity(const Policy& policy) : given_(policy.capacity) {
  if (!given_) return;
  mu_ = *given_;
  return_seconds_ = kReturnSeconds;
  sigma_ = kGivenSigma;
}

void Capacity::update(const CapacityEvidence& evidence, const Policy& policy) {
  if (policy.capacity != given_) *this = Capacity(policy);
  shifted_ = false;
  sigma_ = std::min(kAssumedSigma, std::sqrt(sigma_ * sigma_ + kDriftPerSecond * evidence.dt));
  reached_ *= std::max(0.0, 1.0 - kReachedFade * evidence.dt);
  if (evidence.ready < 1.0) return;
  const double served = evidence.throughput.value_or(evidence.calm ? evidence.arrival_rate : 0.0);
  const double per_replica = served / evidence.ready;

  if (evidence.queue_standing && evidence.ready_steady && evidence.throughput && per_replica > 0.0) {
    // Uneven queues (one per pod) leave some replicas idle while the rest drains; then throughput is only a lower bound.
    const double counts = std::max(1.0, served * evidence.dt);
    if (evidence.queue_growing || per_replica > mu_) correct(per_replica, evidence.throughput_sigma + 1.0 / std::sqrt(counts));
    return;
  }
  // Utilisation is an average over the pods that were there: right after growth it says nothing about the present ones.
  if (evidence.utilization && evidence.ready_steady && *evidence.utilization > kLeastUtilization && served > 0.0) {
    const double u = std::min(1.0, *evidence.utilization);
    correct(per_replica / u, 0.05 + 0.1 * (1.0 - u) / u);
    return;
  }
  if (evidence.service_time && policy.concurrency && !given_) {
    correct(*policy.concurrency / *evidence.service_time, 0.25);
    return;
  }
  if (given_ && evidence.calm) return_to_given(evidence.dt);
  if (evidence.calm && evidence.ready_steady) reached_ = std::max(reached_, per_replica);
  if (!measured_ && !given_) {
    assume_operating_point(evidence, policy.target_utilization);
    search(evidence, policy.target_utilization);
  }
  // Serving more than mu without a queue proves a higher mu.
  if (mu_ > 0.0 && evidence.calm && evidence.ready_steady && per_replica > mu_) correct(per_replica, 0.1);
}

void Capacity::return_to_given(double dt) {
  if (mu_ >= *given_) return;
  mu_ *= std::exp(std::min(1.0, dt / return_seconds_) * std::log(*given_ / mu_));
  is_returning_ = true;
}

void Capacity::assume_operating_point(const CapacityEvidence& evidence, double set_point) {
  if (mu_ > 0.0 || evidence.arrival_rate <= 0.0) return;
  mu_ = evidence.arrival_rate / evidence.ready / std::max(0.05, set_point);
  sigma_ = kAssumedSigma;
}

void Capacity::search(const CapacityEvidence& evidence, double set_point) {
  if (!evidence.in_time || !evidence.ready_steady) return;
  late_ = *evidence.in_time ? 0 : late_ + 1;
  if (late_ == kLateLooks && in_time_ > 0.0) {
    search_limit_ = std::max(in_time_ / set_point, mu_ / kSearchStep);
    mu_ = std::min(mu_, search_limit_);
  }
  if (!*evidence.in_time) return;
  in_time_ = std::max(in_time_, evidence.arrival_rate / evidence.ready);
  mu_ = std::max(mu_, std::min(search_limit_, kSearchStep * in_time_ / set_point));
  sigma_ = std::min(sigma_, kSearchedSigma);
}

void Capacity::correct(double sample, double sigma) {
  if (!std::isfinite(sample) || sample <= 0.0) return;
  if (given_) sample = std::clamp(sample, kLeastOfGiven * *given_, kMostOfGiven * *given_);
  if (mu_ <= 0.0) {
    mu_ = sample;
    sigma_ = sigma;
    measured_ = true;
    return;
  }
  const double error = std::log(sample / mu_);
  if (is_returning_ && error < -kRefuted) {
    return_seconds_ = std::min(kSlowestReturn, 2.0 * return_seconds_);
    is_returning_ = false;
  }
  // Two far samples in a row on one side are a change, not noise: trust the old value little from here on.
  const bool far = std::abs(error) > 0.12 + 2.0 * sigma;
  surprises_ = !far ? 0 : (error > 0.0 ? std::max(0, surprises_) + 1 : std::min(0, surprises_) - 1);
  if (std::abs(surprises_) >= 2) {
    sigma_ = std::max(sigma_, kSurpriseSigma);
    shifted_ = std::abs(surprises_) == 2;
  }
  const double variance = sigma_ * sigma_;
  const double trust = far && std::abs(surprises_) < 2 ? kFirstSurpriseTrust : 1.0;
  const double gain = trust * variance / (variance + sigma * sigma);
  mu_ *= std::exp(gain * error);
  sigma_ = std::sqrt((1.0 - gain) * variance);
  measured_ = true;
}

Estimated Capacity::mu() const {
  if (mu_ <= 0.0) return {0.0, 0.0};
  return {std::max(mu_, given_ ? 0.0 : reached_), std::clamp(1.0 - sigma_ / kAssumedSigma, 0.0, 1.0)};
}

}  // namespace spillway::estimate
