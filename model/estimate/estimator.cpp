#include "model/estimate/estimator.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spillway::estimate {
namespace {
constexpr double kBusy = 0.92;                 // utilisation from which on a service counts as full
constexpr double kImpossibleThroughput = 1.5;  // over what the ready pods can serve
constexpr double kFree = 0.85;                 // utilisation below which pods are surely free
constexpr double kLeftOver = 0.02;             // share of what is served
constexpr double kOverloadLatency = 5.0;        // latencies without waiting: more than that, and late, is no chance queue
constexpr double kInferredSigma = 0.1;          // of log throughput where nothing counts it
constexpr double kAllServed = 0.9;              // of what arrives
constexpr int kStuckRepeats = 3;               // as often must the same number come for others to overrule it
constexpr double kContradicting = 1.1;         // over what is said to arrive
constexpr double kTrusted = 0.5;               // confidence from which on mu may judge other sensors
constexpr double kProbe = 1.3, kProbeMost = 4.0, kProbeRelax = 0.7;  // growth of hidden overload, per observation
constexpr double kSettling = 60.0;             // seconds until metrics are of the present replicas, beside their window: scraped, evaluated, seen
constexpr double kLeakPeriods = 4.0;           // an unmeasured backlog fades within this many control periods
constexpr int kWarmObservations = 5;
constexpr double kWarmCapacity = 0.3;          // confidence in mu

double poisson_sigma(double rate, double window) { return std::sqrt(std::max(rate, 0.0) / window + 1.0 / (window * window)); }
}  // namespace

Estimator::Estimator(const Policy& policy) : capacity_(policy), startup_(policy) {}

StateEstimate Estimator::update(const Observation& observation, const Policy& policy, Seconds now) {
  StateEstimate out;
  startup_.update(observation, policy, now);
  const Inputs in = read(observation, policy, now.value(), out);
  if (static_cast<double>(observation.ready) != ready_) ready_since_ = started_ ? now_ : now.value();
  estimate_flow(in, policy, out);
  learn_capacity(in, policy, now.value());
  learn_patience(in, policy);
  learn_queueing(in, policy, now.value());

  out.rate_to_learn = std::min(out.arrival_rate.value, arrival_check_.most_to_learn());
  out.backlog = {filter_.backlog(), in.waiting ? 0.95 : (in.latency ? 0.5 : 0.2)};
  out.backlog_known = out.demand_known || in.waiting.has_value();
  out.capacity = capacity_.mu();
  out.concurrency = concurrency(policy);
  out.startup_p50 = startup_.p50();
  out.startup_p90 = startup_.p90();
  out.startup_confidence = startup_.confidence();
  out.pooling = queueing_.pooling();
  out.variability = queueing_.variability();
  out.patience = patience_.seconds();
  const double full = out.capacity.value * in.ready;
  out.utilization = full > 0.0 ? out.arrival_rate.value / full : 0.0;
  judge_trust(policy, out);

  ready_ = observation.ready;
  previous_waiting_ = in.waiting.value_or(filter_.backlog());
  now_ = now.value();
  started_ = true;
  return out;
}

double Estimator::capacity_of(double ready) const { return capacity_.mu().value * std::max(0.0, ready); }

Estimator::Inputs Estimator::read(const Observation& observation, const Policy& policy, double now, StateEstimate& out) {
  Inputs in;
  const double period = std::max(1e-3, policy.control_period.value());
  in.dt = started_ ? std::clamp(now - now_, 1e-3, 100.0 * period) : period;
  in.window = std::max(policy.rate_window.value(), 1e-3);
  in.ready = std::max(0, observation.ready);

  Plausibility facts;
  facts.rate_window = in.window;
  // Pods that just left may still be in the averaged rates: judge by the larger count.
  facts.capacity = capacity_.mu().confidence >= kTrusted ? capacity_of(std::max(in.ready, ready_)) : 0.0;
  Plausibility counts = facts;
  counts.capacity = std::max(facts.capacity, arrival_check_.highest()) * period;
  counts.rate_window = 0.0;  // an empty queue is never a surprise
  counts.surge_shows = utilization_check_.level() > kBusy;
  counts.calm_shows = pods_are_free(utilization_check_.fresh(), throughput_check_.fresh(), in.ready);
  in.measured_backlog = backlog_check_.accept(observation.backlog, counts, out.rejections);
  if (in.measured_backlog) in.waiting = waiting_part(*in.measured_backlog, in.ready, policy);
  in.throughput = read_throughput(observation.throughput, facts, in.measured_backlog.value_or(filter_.backlog()), out.rejections);
  Plausibility plain;
  plain.rate_window = 0.0;
  plain.capacity = 60.0;  // a minute's latency is believable at once
  in.latency = latency_check_.accept(observation.latency, plain, out.rejections);
  plain.capacity = 1.0;
  plain.calm_shows = true;  // a ratio of twenty is no ratio, however often it is repeated
  in.utilization = utilization_check_.accept(observation.utilization, plain, out.rejections);

  Plausibility load = judge_load(in);
  load.capacity = facts.capacity;
  load.rate_window = in.window;
  in.arrival_rate = arrival_check_.accept(observation.arrival_rate, load, out.rejections);
  if (is_stuck(in, policy)) {
    out.rejections.push_back({"arrivalRate", "Stuck", *in.arrival_rate});
    in.arrival_rate.reset();
  }
  const double age = in.arrival_rate ? std::clamp(now - observation.arrival_rate.time.value(), 0.0, 1e4) : 0.0;
  out.metric_delay = age + 0.5 * in.window;
  return in;
}

std::optional<double> Estimator::read_throughput(const Reading& reading, const Plausibility& facts, double backlog,
                                                 std::vector<Rejection>& rejections) {
  Plausibility loose = facts;
  loose.load_shows = backlog > 2.0 * std::max(1.0, ready_) && facts.capacity > 0.0;
  const std::optional<double> value = throughput_check_.accept(reading, loose, rejections);
  if (!value) return value;
  // More than the pods can serve is a fault, unless it stays: then it is the believed capacity that is wrong.
  const double most = kImpossibleThroughput * facts.capacity + 4.0 * poisson_sigma(facts.capacity, facts.rate_window);
  above_capacity_ = facts.capacity > 0.0 && *value > most ? above_capacity_ + 1 : 0;
  if (above_capacity_ == 0 || above_capacity_ > 3) return value;
  rejections.push_back({"throughput", "AboveCapacity", *value});
  return std::nullopt;
}

double Estimator::waiting_part(double measured, double ready, const Policy& policy) const {
  if (!policy.backlog_includes_in_service) return measured;
  return std::max(0.0, measured - std::min(measured, concurrency(policy).value * ready));
}

Plausibility Estimator::judge_load(const Inputs& in) const {
  Plausibility facts;
  const double level = arrival_check_.level();
  const double waiting = in.waiting.value_or(0.0);
  facts.load_shows = in.throughput.value_or(0.0) > 0.2 * level || waiting > std::max(1.0, in.ready) ||
                     in.utilization.value_or(0.0) > 0.2;
  // What a surge beyond twenty times everything seen must leave behind within one period.
  facts.surge_shows = in.throughput.value_or(0.0) > 3.0 * level || waiting - previous_waiting_ > level * in.dt ||
                      in.utilization.value_or(0.0) > 0.95;
  const bool queue_stands = waiting > std::max(1.0, in.ready);
  facts.calm_shows = !queue_stands && (in.waiting || pods_are_free(in.utilization, in.throughput, in.ready));
  return facts;
}

/// Whether a sensor says that pods have room: neither a flood of arrivals nor a long queue would leave them any.
bool Estimator::pods_are_free(const std::optional<double>& utilization, const std::optional<double>& throughput, double ready) const {
  if (utilization) return *utilization < kFree;
  const double full = capacity_.mu().confidence >= kTrusted ? capacity_of(ready) : 0.0;
  return throughput && *throughput < kFree * full;
}

/// A sensor that stands still looks like a steady load, and many loads are steady: it is overruled only while more is served than it
/// says arrives, the growth of the queue counted in.
bool Estimator::is_stuck(const Inputs& in, const Policy& policy) const {
  if (!in.arrival_rate || !in.throughput || policy.arrival_rate_counts_completions || arrival_check_.repeats() < kStuckRepeats) return false;
  const double gained = in.waiting ? (*in.waiting - previous_waiting_) / in.dt : 0.0;
  return *in.throughput + gained > kContradicting * *in.arrival_rate + 3.0 * poisson_sigma(*in.arrival_rate, in.window);
}

void Estimator::estimate_flow(const Inputs& in, const Policy& policy, StateEstimate& out) {
  see_offered_rate(in, policy, out);
  const double offered = filter_.arrival_rate();
  const double full = capacity_of(in.ready);
  double served = std::min(offered + filter_.backlog() / in.dt, full > 0.0 ? full : offered);
  const bool completions = policy.arrival_rate_counts_completions;
  if (in.throughput) served = *in.throughput;
  else if (completions && in.arrival_rate) served = *in.arrival_rate;
  filter_.flow(in.dt, served, 0.1 * std::max(served, offered) + 1.0 / in.dt);
  see_queue(in, policy, served);
  out.arrival_rate.value = filter_.arrival_rate();
  if (in.arrival_rate && !completions) {
    out.arrival_rate.value = *in.arrival_rate + trend_correction(*in.arrival_rate, out.metric_delay);
  }
}

void Estimator::see_offered_rate(const Inputs& in, const Policy& policy, StateEstimate& out) {
  const bool completions = policy.arrival_rate_counts_completions;
  const std::optional<double> served = completions && in.arrival_rate ? in.arrival_rate : in.throughput;
  std::optional<double> offered;
  double sigma = 0.0;
  if (in.arrival_rate && !completions) {
    offered = in.arrival_rate;
    out.arrival_rate.confidence = 1.0;
  } else if (served && in.waiting) {
    // Conservation: what was served plus what the queue gained.
    const double gained = (*in.waiting - previous_waiting_) / in.dt;
    offered = std::max(0.0, *served + (started_ ? gained : 0.0));
    sigma = 0.1 * std::abs(gained);
    out.arrival_rate.confidence = 0.8;
  } else if (served) {
    out.arrival_is_throughput = true;
    const bool full = looks_overloaded(in, policy);
    overload_factor_ = full ? std::min(kProbeMost, overload_factor_ * kProbe) : std::max(1.0, overload_factor_ * kProbeRelax);
    offered = *served * overload_factor_;
    out.arrival_rate.confidence = full ? 0.3 : 0.6;
  }
  if (!offered) return;
  out.demand_known = true;
  ++believed_;
  sigma += poisson_sigma(*offered, in.window);
  if (believed_ == 1) filter_.reset(*offered);
  filter_.let_drift(5.0 * sigma + std::abs(*offered - filter_.arrival_rate()));
  filter_.see_arrival_rate(*offered, sigma);
  recent_.push({now_ + in.dt, *offered});
  out.regime_shift = detect_shift(*offered, in.window);
}

void Estimator::see_queue(const Inputs& in, const Policy& policy, double served) {
  if (in.waiting) {
    filter_.see_backlog(*in.waiting, 0.5 + 0.02 * *in.waiting);
    return;
  }
  if (in.latency && base_latency_ > 0.0) {
    // Little's law: who waits w seconds has w x (rate of departure) requests in front.
    const double wait = std::max(0.0, *in.latency - 1.5 * base_latency_);
    filter_.see_backlog(wait * served, 1.0 + 0.3 * wait * served);
  } else if (looks_calm(in, policy)) {
    filter_.see_backlog(0.0, 1.0);
  } else {
    // Nothing measures it: believe the integral only for a while, so that it cannot wind up.
    const double keep = std::exp(-in.dt / (kLeakPeriods * policy.control_period.value()));
    filter_.see_backlog(keep * filter_.backlog(), 0.1 + 0.1 * filter_.backlog());
    // Arrivals that never count as served (refused, cached, sent again) are no queue: only those of the last periods may be one.
    const double lately = std::max(0.0, filter_.arrival_rate() - served) * kLeakPeriods * policy.control_period.value();
    const double most = std::max(lately, keep * previous_waiting_);
    if (in.throughput && filter_.backlog() > most) filter_.see_backlog(most, 0.1 + 0.01 * most);
  }
}

bool Estimator::looks_overloaded(const Inputs& in, const Policy& policy) const {
  if (in.utilization && *in.utilization > kBusy) return true;
  if (in.latency && base_latency_ > 0.0 && *in.latency > 2.0 * base_latency_ + policy.max_queue_delay.value()) return true;
  const double full = capacity_of(in.ready);
  const double served = in.throughput.value_or(in.arrival_rate.value_or(0.0));
  return capacity_.mu().confidence >= kTrusted && full > 0.0 && served > 0.95 * full;
}

bool Estimator::looks_calm(const Inputs& in, const Policy& policy) const {
  if (in.waiting) return *in.waiting <= 0.1 * std::max(10.0, in.ready);
  if (in.latency && base_latency_ > 0.0) return *in.latency < 2.0 * base_latency_ + 0.5 * policy.max_queue_delay.value();
  if (in.utilization) return *in.utilization < 0.85;
  if (in.throughput && in.arrival_rate && *in.throughput + 3.0 * poisson_sigma(*in.throughput, in.window) < kAllServed * *in.arrival_rate) return false;
  const double full = capacity_of(in.ready);
  return capacity_.mu().confidence >= kTrusted && filter_.arrival_rate() < 0.85 * full;
}

std::optional<bool> Estimator::looks_in_time(const Inputs& in, const Policy& policy) const {
  if (!in.latency || !in.arrival_rate || *in.arrival_rate <= 0.0 || policy.arrival_rate_counts_completions) return std::nullopt;
  if (*in.latency > policy.max_queue_delay.value()) return false;
  const bool falls_behind = in.throughput && *in.throughput < kAllServed * *in.arrival_rate;
  return falls_behind || !looks_calm(in, policy) ? std::nullopt : std::optional(true);
}

/// Whether all metrics are of the present replicas: work done by ten and divided by forty that have just become ready is no loss of capacity.
bool Estimator::has_settled(const Inputs& in, const Policy& policy, double now) const {
  const double delay = std::max(kSettling, policy.control_period.value());
  return started_ && ready_ == in.ready && now - ready_since_ >= in.window + delay;
}

void Estimator::learn_capacity(const Inputs& in, const Policy& policy, double now) {
  if (in.latency && *in.latency > 0.0) {
    base_latency_ = base_latency_ > 0.0 ? std::min(*in.latency, base_latency_ * (1.0 + 1e-5 * in.dt)) : *in.latency;
  }
  const double served = in.throughput.value_or(in.arrival_rate.value_or(0.0));
  const double half_second = std::max(1.0, 0.5 * served);
  const double queue = in.waiting.value_or(in.latency ? filter_.backlog() : 0.0);
  const bool standing = std::min(queue, previous_waiting_) > half_second;
  if (standing && !standing_) standing_since_ = now_;
  standing_ = standing;
  learn_service_time(in, policy);

  CapacityEvidence evidence;
  evidence.dt = in.dt;
  evidence.ready = in.ready;
  evidence.ready_steady = has_settled(in, policy, now);
  evidence.queue_standing = standing && now - standing_since_ >= in.window;  // all that rates look back over
  // A gauge that stands still or wanders (dead letters, a blocked partition) says nothing about the pods: who is full leaves arrivals over.
  const double gained = queue - previous_waiting_;
  const double offered = std::max(filter_.arrival_rate(), in.arrival_rate.value_or(0.0));
  evidence.queue_growing = gained > kLeftOver * served * in.dt && offered > (1.0 + kLeftOver) * served;
  evidence.arrival_rate = filter_.arrival_rate();
  evidence.throughput = policy.arrival_rate_counts_completions && !in.throughput ? in.arrival_rate : in.throughput;
  // It is at most that much, for clients who give up are in it: enough to learn a loss from, not a gain.
  if (const auto inferred = infer_throughput(in, policy); inferred && !evidence.throughput && *inferred < capacity_of(in.ready)) {
    evidence.throughput = inferred;
    evidence.throughput_sigma = kInferredSigma;
    evidence.queue_growing = true;
  }
  evidence.utilization = in.utilization;
  if (service_time_ > 0.0) evidence.service_time = service_time_;
  evidence.calm = looks_calm(in, policy);
  evidence.in_time = looks_in_time(in, policy);
  capacity_.update(evidence, policy);
  if (in.latency) previous_latency_ = *in.latency;
}

/// What is served where nothing counts it, while the queue does not shrink (one that does may do so by clients who give up). From a
/// backlog: what arrives and is not added to it. From latency, first in, first out: what leaves now came one wait ago, so departures run
/// behind arrivals at the pace 1 - d(wait)/dt; that all pods are busy is believed from far more latency than chance queues have.
std::optional<double> Estimator::infer_throughput(const Inputs& in, const Policy& policy) const {
  if (!in.arrival_rate || policy.arrival_rate_counts_completions) return std::nullopt;
  if (in.waiting) {
    const double gained = (*in.waiting - previous_waiting_) / in.dt;
    if (gained < kLeftOver * *in.arrival_rate) return std::nullopt;
    return std::max(0.0, *in.arrival_rate - gained);
  }
  if (!in.latency || base_latency_ <= 0.0 || *in.latency < kOverloadLatency * base_latency_ + policy.max_queue_delay.value()) return std::nullopt;
  const double lengthened = (*in.latency - previous_latency_) / in.dt;
  if (lengthened < -kLeftOver) return std::nullopt;
  return std::clamp(1.0 - lengthened, 0.0, 1.0) * filter_.arrival_rate();
}

void Estimator::learn_service_time(const Inputs& in, const Policy& policy) {
  const double rate = filter_.arrival_rate();
  if (!in.measured_backlog || !policy.backlog_includes_in_service || rate * in.dt < 10.0 || in.ready < 1.0) return;
  const bool falls_behind = in.throughput && *in.throughput < kAllServed * rate;
  if (falls_behind || in.utilization.value_or(0.0) > kBusy) return;
  // In service = rate x service time while nothing waits; the smallest ratio seen is the one without waiting.
  const double ratio = *in.measured_backlog / rate;
  if (ratio <= 0.0) return;
  const double gain = service_time_ <= 0.0 ? 1.0 : (ratio < service_time_ ? 0.1 : 0.002);
  service_time_ += gain * (ratio - service_time_);
}

void Estimator::learn_queueing(const Inputs& in, const Policy& policy, double now) {
  const double mu = capacity_.mu().value;
  if (!in.measured_backlog || !in.arrival_rate || !has_settled(in, policy, now) || capacity_.mu().confidence < kTrusted) return;
  const double c = concurrency(policy).value;
  // With one queue per pod some pods idle while others hold a queue: what is in service is the work, not the number of servers.
  const double busy = policy.backlog_includes_in_service ? c * std::min(in.ready, *in.arrival_rate / mu) : 0.0;
  queueing_.update({*in.arrival_rate, in.ready, mu, c, *in.measured_backlog - busy});
}

void Estimator::learn_patience(const Inputs& in, const Policy& policy) {
  const bool counts_offers = in.arrival_rate && !policy.arrival_rate_counts_completions;
  if (!started_ || !counts_offers || !in.throughput || !in.waiting) return;
  patience_.update({in.dt, *in.arrival_rate, *in.throughput, previous_waiting_, *in.waiting});
}

Estimated Estimator::concurrency(const Policy& policy) const {
  if (policy.concurrency) return {*policy.concurrency, 1.0};
  const Estimated mu = capacity_.mu();
  if (service_time_ > 0.0 && mu.value > 0.0) return {std::max(1.0, mu.value * service_time_), 0.4 * mu.confidence};
  return {1.0, 0.1};
}

double Estimator::trend_correction(double rate, double delay) const {
  if (!recent_.full()) return 0.0;
  // Only a steady climb: three rises in a row of similar size. A step would be overshot, a fall is left to the forecast.
  double least = std::numeric_limits<double>::infinity(), most = 0.0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double dt = recent_[i].time - recent_[i + 1].time;
    const double slope = dt > 0.0 ? (recent_[i].rate - recent_[i + 1].rate) / dt : 0.0;
    least = std::min(least, slope);
    most = std::max(most, slope);
  }
  if (least <= 0.5 * most) return 0.0;
  return std::clamp(least * delay, 0.0, 0.2 * rate);
}

bool Estimator::detect_shift(double rate, double window) {
  if (believed_ <= 1) {
    usual_rate_ = rate;
    usual_spread_ = 0.1 * rate + poisson_sigma(rate, window);
    return false;
  }
  const double spread = std::max({usual_spread_, 0.05 * usual_rate_, poisson_sigma(usual_rate_, window)});
  const double error = rate - usual_rate_;
  const bool shifted = shift_.add(std::clamp(error / (1.25 * spread), -4.0, 4.0));
  usual_spread_ += 0.1 * (std::min(std::abs(error), 4.0 * spread) - usual_spread_);
  usual_rate_ += (shifted ? 1.0 : 0.1) * error;
  return shifted;
}

void Estimator::judge_trust(const Policy& policy, StateEstimate& out) const {
  for (const Rejection& rejection : out.rejections) {
    const bool is_arrival = rejection.metric == "arrivalRate";
    const bool optional_never_there = (rejection.metric == "throughput" && !throughput_check_.ever_seen()) ||
                                      (rejection.metric == "backlog" && !backlog_check_.ever_seen()) ||
                                      (rejection.metric == "latency" && !latency_check_.ever_seen()) ||
                                      (rejection.metric == "utilization" && !utilization_check_.ever_seen());
    // A quantile of no requests is NaN: natural when hardly anything arrives.
    const bool idle_latency =
        rejection.metric == "latency" && out.demand_known && out.arrival_rate.value * policy.control_period.value() < 3.0;
    if (!is_arrival && (optional_never_there || idle_latency)) continue;
    out.degraded = true;
    if (!out.degraded_reason.empty()) out.degraded_reason += ", ";
    out.degraded_reason += rejection.metric + " " + rejection.reason;
  }
  if (!out.demand_known) {
    out.degraded = true;
    if (out.degraded_reason.empty()) out.degraded_reason = "no demand metric";
    out.arrival_rate = {filter_.arrival_rate(), 0.0};
  }
  out.warm = believed_ >= kWarmObservations && out.capacity.confidence >= kWarmCapacity;
}

}  // namespace spillway::estimate
