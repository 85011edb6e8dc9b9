#include "bench/laws/hpa_behavior.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::bench {

Replicas HpaBehavior::limit(double now, Replicas current, Replicas recommended, Replicas min, Replicas max) {
  Replicas wanted = stabilize(now, current, recommended);
  const Replicas added = recent(added_, now, up_.period);
  const Replicas removed = recent(removed_, now, down_.period);
  if (wanted > current) {
    const Replicas start = current - added + removed;
    Replicas ceiling = 0;
    if (up_.pods > 0) ceiling = std::max(ceiling, start + up_.pods);
    if (up_.percent > 0.0)
      ceiling = std::max(ceiling, static_cast<Replicas>(std::ceil(start * (1.0 + up_.percent / 100.0))));
    wanted = std::min(wanted, std::max(ceiling, current));
  } else if (wanted < current) {
    const Replicas start = current + removed - added;
    Replicas floor = current;
    if (down_.pods > 0) floor = std::min(floor, start - down_.pods);
    if (down_.percent > 0.0) floor = std::min(floor, static_cast<Replicas>(start * (1.0 - down_.percent / 100.0)));
    wanted = std::max(wanted, floor);
  }
  wanted = std::clamp(wanted, min, max);
  if (wanted > current) added_.push_back({now, wanted - current});
  if (wanted < current) removed_.push_back({now, current - wanted});
  return wanted;
}

// Upwards the smallest recommendation of the up window counts, downwards the largest of the down window.
Replicas HpaBehavior::stabilize(double now, Replicas current, Replicas recommended) {
  recommendations_.push_back({now, recommended});
  const double keep = std::max(up_.stabilization, down_.stabilization);
  while (recommendations_.front().time < now - keep) recommendations_.pop_front();
  Replicas for_up = recommended;
  Replicas for_down = recommended;
  for (const Event& past : recommendations_) {
    if (past.time > now - up_.stabilization) for_up = std::min(for_up, past.amount);
    if (past.time > now - down_.stabilization) for_down = std::max(for_down, past.amount);
  }
  Replicas wanted = current;
  if (wanted < for_up) wanted = for_up;
  if (wanted > for_down) wanted = for_down;
  return wanted;
}

Replicas HpaBehavior::recent(const std::deque<Event>& events, double now, double period) {
  Replicas sum = 0;
  for (const Event& event : events)
    if (event.time > now - period) sum += event.amount;
  return sum;
}

}  // namespace spillway::bench
