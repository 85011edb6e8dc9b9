#include "model/plant/queue.hpp"

#include <algorithm>

namespace spillway::plant {

QueueStep advance_queue(double backlog, double arrival_rate, double service_rate, double duration,
                        std::optional<double> patience) {
  const double waiting = std::max(0.0, backlog + duration * (arrival_rate - service_rate));
  if (!patience) return {waiting, 0.0};
  const double room = *patience * std::max(arrival_rate, service_rate);
  return {std::min(waiting, room), std::max(0.0, waiting - room)};
}

double joining_share(double ready_now, double pooling, double reference) {
  if (reference <= ready_now || reference <= 0.0) return 1.0;
  return (ready_now + pooling * (reference - ready_now)) / reference;
}

}  // namespace spillway::plant
