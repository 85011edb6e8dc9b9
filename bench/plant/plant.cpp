#include "bench/plant/plant.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace spillway::bench {
namespace {
constexpr double kNever = std::numeric_limits<double>::infinity();
enum Stream : std::uint64_t { kServices = 2, kStartups = 3, kBalance = 4 };
}  // namespace

Plant::Plant(PlantConfig config, Trace trace)
    : config_(std::move(config)),
      arrivals_(trace, config_.seed, config_.dispersion),
      service_random_(config_.seed, kServices),
      startup_random_(config_.seed, kStartups),
      balance_random_(config_.seed, kBalance),
      now_(trace.begin()),
      next_arrival_(arrivals_.next()),
      next_scrape_(trace.begin() + config_.scrape_offset) {
  wanted_ = std::max(0, config_.initial);
  for (Replicas i = 0; i < wanted_; ++i) make_ready(new_pod());
  startup_times_.clear();  // pods that were there before the start tell nothing about start-up
}

void Plant::run_until(double time) {
  while (true) {
    const double event = next_event();
    if (event > time) break;
    advance(event);
    handle_events_at(event);
  }
  advance(time);
  expire_all(time);
}

double Plant::next_event() const {
  double next = std::min(next_arrival_, next_scrape_);
  if (!completions_.empty()) next = std::min(next, completions_.top().time);
  for (const std::size_t pod : starting_) next = std::min(next, pods_[pod].ready_at);
  if (next_capacity_change_ < config_.capacity_changes.size())
    next = std::min(next, config_.capacity_changes[next_capacity_change_].time);
  return std::max(next, now_);
}

void Plant::advance(double time) {
  const double span = time - now_;
  total_.replica_seconds += span * (wanted_ + leaving_);
  total_.ready_seconds += span * ready_;
  total_.busy_seconds += span * static_cast<double>(total_.in_service) / config_.concurrency;
  total_.system_seconds += span * static_cast<double>(total_.in_service + total_.waiting);
  now_ = time;
}

// Whatever happens at one moment happens in this order: work ends, capacity changes, work arrives, sensors look.
void Plant::handle_events_at(double time) {
  while (!completions_.empty() && completions_.top().time <= time) {
    const Completion done = completions_.top();
    completions_.pop();
    complete(done);
  }
  while (next_capacity_change_ < config_.capacity_changes.size() &&
         config_.capacity_changes[next_capacity_change_].time <= time)
    capacity_factor_ = config_.capacity_changes[next_capacity_change_++].factor;
  for (std::size_t i = 0; i < starting_.size();) {
    const std::size_t pod = starting_[i];
    if (pods_[pod].ready_at > time) {
      ++i;
      continue;
    }
    starting_.erase(starting_.begin() + static_cast<std::ptrdiff_t>(i));
    make_ready(pod);
  }
  if (next_arrival_ <= time) {
    arrive(next_arrival_);
    next_arrival_ = arrivals_.next();
  }
  if (next_scrape_ <= time) {
    take_scrape();
    next_scrape_ += config_.scrape_interval;
  }
}

// --- requests
// ---------------------------------------------------------------------------------------------------------

void Plant::arrive(double arrived) {
  ++total_.offered;
  const std::size_t none = pods_.size();
  std::size_t pod = none;
  if (per_pod()) {
    pod = choose_pod();
  } else {
    const auto idle = std::find_if(serving_.begin(), serving_.end(),
                                   [&](std::size_t p) { return pods_[p].busy < config_.concurrency; });
    if (idle != serving_.end()) pod = *idle;
  }
  if (pod != none && pods_[pod].busy < config_.concurrency) {
    count_wait(0.0);
    start(pod, arrived);
    return;
  }
  const bool nowhere = per_pod() && pod == none;
  if (!nowhere) {
    auto& queue = queue_of(pod);
    expire_head(queue, arrived);
    const std::size_t room = static_cast<std::size_t>(config_.queue_limit) * (per_pod() ? 1 : std::max(1, ready_));
    if (config_.queue_limit == 0 || queue.size() < room) {
      queue.push_back(arrived);
      ++total_.waiting;
      return;
    }
  }
  ++total_.refused;
  ++total_.late;
  waits_.add(0.0);
}

std::size_t Plant::choose_pod() {
  if (serving_.empty()) return pods_.size();
  switch (config_.queueing) {
    case Queueing::kRandom:
      return serving_[balance_random_.below(serving_.size())];
    case Queueing::kLeastOutstanding:
      return *std::min_element(serving_.begin(), serving_.end(), [&](std::size_t a, std::size_t b) {
        return pods_[a].queue.size() + static_cast<std::size_t>(pods_[a].busy) <
               pods_[b].queue.size() + static_cast<std::size_t>(pods_[b].busy);
      });
    default:
      return serving_[turn_++ % serving_.size()];
  }
}

std::deque<double>& Plant::queue_of(std::size_t pod) {
  return per_pod() ? pods_[pod].queue : shared_queue_;
}

void Plant::start(std::size_t pod, double arrived) {
  ++pods_[pod].busy;
  ++total_.in_service;
  completions_.push({now_ + service_time(), pod, arrived});
}

void Plant::complete(const Completion& done) {
  Pod& pod = pods_[done.pod];
  --pod.busy;
  --total_.in_service;
  ++total_.completed;
  latencies_.add(now_ - done.arrived);
  const bool may_serve = pod.state == PodState::kReady || per_pod();  // a leaving pod finishes its own queue
  if (may_serve) take_next(done.pod);
  if (pod.state == PodState::kLeaving && pod.busy == 0) retire(done.pod);
}

bool Plant::take_next(std::size_t pod) {
  auto& queue = queue_of(pod);
  expire_head(queue, now_);
  if (queue.empty()) return false;
  const double arrived = queue.front();
  queue.pop_front();
  --total_.waiting;
  count_wait(now_ - arrived);
  start(pod, arrived);
  return true;
}

// Clients all have the same patience and queues are first-in first-out, so whoever has given up stands at the head.
void Plant::expire_head(std::deque<double>& queue, double time) {
  while (!queue.empty() && queue.front() + config_.timeout <= time) {
    queue.pop_front();
    --total_.waiting;
    ++total_.abandoned;
    count_wait(config_.timeout);
  }
}

void Plant::expire_all(double time) {
  expire_head(shared_queue_, time);
  if (!per_pod()) return;
  for (auto& pod : pods_) expire_head(pod.queue, time);
}

void Plant::count_wait(double wait) {
  waits_.add(wait);
  if (wait > config_.late_after) ++total_.late;
}

std::uint64_t Plant::overdue() const {
  const auto late_in = [&](const std::deque<double>& queue) {
    return std::count_if(queue.begin(), queue.end(),
                         [&](double arrived) { return now_ - arrived > config_.late_after; });
  };
  auto count = late_in(shared_queue_);
  for (const Pod& pod : pods_) count += late_in(pod.queue);
  return static_cast<std::uint64_t>(count);
}

double Plant::service_time() {
  const double mean = config_.service_time / capacity_factor_;
  const double cv = config_.service_variation;
  return cv > 0.0 ? mean * service_random_.gamma(1.0 / (cv * cv)) : mean;
}

// --- pods
// -------------------------------------------------------------------------------------------------------------

void Plant::scale(Replicas replicas) {
  replicas = std::max(0, replicas);
  for (; wanted_ < replicas; ++wanted_) {
    const std::size_t pod = new_pod();
    const double spread = std::exp(config_.startup_sigma * startup_random_.normal());
    pods_[pod].ready_at = now_ + std::max(config_.startup_floor, config_.startup * spread);
    if (pods_[pod].ready_at <= now_)
      make_ready(pod);
    else
      starting_.push_back(pod);
  }
  for (; wanted_ > replicas; --wanted_) {
    if (!starting_.empty()) {
      pods_[starting_.back()].state = PodState::kGone;
      free_.push_back(starting_.back());
      starting_.pop_back();
      continue;
    }
    const std::size_t pod = serving_.back();
    serving_.pop_back();
    --ready_;
    ++leaving_;
    pods_[pod].state = PodState::kLeaving;
    if (pods_[pod].busy == 0) retire(pod);
  }
}

std::size_t Plant::new_pod() {
  std::size_t pod = pods_.size();
  if (free_.empty()) {
    pods_.emplace_back();
  } else {
    pod = free_.back();
    free_.pop_back();
  }
  pods_[pod] = Pod{PodState::kStarting, now_, now_, 0, {}};
  return pod;
}

void Plant::make_ready(std::size_t pod) {
  pods_[pod].state = PodState::kReady;
  serving_.push_back(pod);
  ++ready_;
  startup_times_.push_back(Seconds(now_ - pods_[pod].asked));
  while (!per_pod() && pods_[pod].busy < config_.concurrency && take_next(pod)) {
  }
}

void Plant::retire(std::size_t pod) {
  pods_[pod].state = PodState::kGone;
  free_.push_back(pod);
  --leaving_;
}

}  // namespace spillway::bench
