// What the plant shows to a law: counters as scrapes saw them, turned into rates as Prometheus does.
#include <algorithm>
#include <cmath>

#include "bench/plant/plant.hpp"

namespace spillway::bench {

void Plant::take_scrape() {
  expire_all(now_);
  scrapes_.push_back({now_, total_, latencies_});
  const double keep = config_.rate_window + config_.metric_delay + 2.0 * config_.scrape_interval;
  while (scrapes_.size() > 1 && scrapes_.front().time < now_ - keep) scrapes_.pop_front();
}

// Increase between the first and the last sample in the window over the time between them. Prometheus extrapolates the
// increase to the window and divides by the window: the same number.
Reading Plant::rate(const Scrape& first, const Scrape& last, std::uint64_t Accounting::*counter) const {
  if (last.time <= first.time) return Reading::missing(Absence::kEmpty, "fewer than two samples in the window");
  const double increase = static_cast<double>(last.seen.*counter - first.seen.*counter);
  return Reading::of(increase / (last.time - first.time), Seconds(last.time));
}

Observation Plant::observe() {
  Observation seen;
  seen.replicas = wanted_;
  seen.ready = ready_;
  seen.pending.emplace();
  for (const std::size_t pod : starting_) seen.pending->push_back({Seconds(now_ - pods_[pod].asked), true});
  seen.startup_times = std::exchange(startup_times_, {});

  const double newest = now_ - config_.metric_delay;
  const Scrape* first = nullptr;
  const Scrape* last = nullptr;
  for (const Scrape& scrape : scrapes_) {
    // A window of W seconds holds the samples at its closed ends: with W a multiple of the interval, W / interval + 1
    // of them.
    if (scrape.time > newest + 1e-9 || scrape.time < newest - config_.rate_window - 1e-9) continue;
    if (first == nullptr) first = &scrape;
    last = &scrape;
  }
  if (last == nullptr) {
    const Reading none = Reading::missing(Absence::kEmpty, "no sample in the window");
    seen.arrival_rate = seen.throughput = seen.backlog = seen.latency = seen.utilization = none;
    return seen;
  }
  const Seconds when(last->time);
  seen.throughput = rate(*first, *last, &Accounting::completed);
  seen.arrival_rate = config_.counts_completions ? seen.throughput : rate(*first, *last, &Accounting::offered);
  seen.backlog = Reading::of(static_cast<double>(last->seen.waiting), when);
  const bool served = last->latencies.total() > first->latencies.total();
  seen.latency = served ? Reading::of(last->latencies.quantile_since(0.95, first->latencies), when)
                        : Reading::missing(Absence::kNotANumber, "no request completed in the window");
  const double ready = last->seen.ready_seconds - first->seen.ready_seconds;
  seen.utilization = ready > 0.0 ? Reading::of((last->seen.busy_seconds - first->seen.busy_seconds) / ready, when)
                                 : Reading::missing(Absence::kEmpty, "no ready pod in the window");
  return seen;
}

}  // namespace spillway::bench
