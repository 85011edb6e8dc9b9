#include "bench/laws/kpa.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::bench {
namespace {
constexpr double kStableWindow = 60.0;
constexpr double kPanicWindow = 6.0;
constexpr double kPanicThreshold = 2.0;
constexpr double kMaxScaleUpRate = 1000.0;
constexpr double kMaxScaleDownRate = 2.0;
}  // namespace

double Kpa::mean_over(double seconds) const {
  const auto wanted = static_cast<std::size_t>(std::lround(seconds / period()));
  const std::size_t n = std::min(wanted, samples_.size());
  double sum = 0.0;
  for (std::size_t i = samples_.size() - n; i < samples_.size(); ++i) sum += samples_[i];
  return sum / static_cast<double>(n);
}

Replicas Kpa::decide(const Sight& sight) {
  const Replicas current = sight.seen.replicas;
  if (!started_) {
    // A restarted autoscaler has lost its history: it begins in panic, so that nothing shrinks before it has seen
    // enough.
    started_ = true;
    if (sight.seen.ready > 1) {
      panic_since_ = sight.now;
      most_in_panic_ = sight.seen.ready;
    }
  }
  if (!sight.concurrency) return current;  // no data, no decision
  samples_.push_back(*sight.concurrency);
  if (samples_.size() > static_cast<std::size_t>(kStableWindow / period())) samples_.pop_front();

  const double ready = std::max(1, sight.seen.ready);
  const double target = target_ * service_.concurrency;
  const double lowest = std::floor(ready / kMaxScaleDownRate);
  const double highest = std::ceil(kMaxScaleUpRate * ready);
  const double panic_asks = std::ceil(mean_over(kPanicWindow) / target - 1e-9);
  const double stable = std::clamp(std::ceil(mean_over(kStableWindow) / target - 1e-9), lowest, highest);
  const double panic = std::clamp(panic_asks, lowest, highest);

  if (panic_asks / ready >= kPanicThreshold) {
    panic_since_ = sight.now;
  } else if (panic_since_ && *panic_since_ + kStableWindow < sight.now) {
    panic_since_.reset();
    most_in_panic_ = 0;
  }
  auto wanted = static_cast<Replicas>(stable);
  if (panic_since_) {
    most_in_panic_ = std::max({most_in_panic_, wanted, static_cast<Replicas>(panic)});
    wanted = most_in_panic_;
  }
  return std::clamp(wanted, service_.min, service_.max);
}

}  // namespace spillway::bench
