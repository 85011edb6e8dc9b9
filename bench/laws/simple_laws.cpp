#include "bench/laws/simple_laws.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::bench {

Replicas OneLineRule::decide(const Sight& sight) {
  if (!sight.seen.arrival_rate.usable()) return sight.seen.replicas;
  const double waiting = sight.seen.backlog.usable() ? *sight.seen.backlog.value : 0.0;
  const double load = *sight.seen.arrival_rate.value + waiting / service_.period;
  auto wanted = static_cast<Replicas>(std::ceil(load / (service_.target * service_.capacity) - 1e-9));
  if (hold_ > 0.0) {
    past_.emplace_back(sight.now, wanted);
    while (past_.front().first <= sight.now - hold_) past_.pop_front();
    for (const auto& [time, replicas] : past_) wanted = std::max(wanted, replicas);
  }
  return std::clamp(wanted, service_.min, service_.max);
}

Replicas Broken::decide(const Sight& sight) {
  if (!sight.seen.arrival_rate.usable()) return sight.seen.replicas;
  const double load = *sight.seen.arrival_rate.value;
  highest_ = std::max(highest_, load);
  const double mirrored = highest_ - load;
  return std::clamp(static_cast<Replicas>(std::ceil(mirrored / (service_.target * service_.capacity))), service_.min,
                    service_.max);
}

}  // namespace spillway::bench
