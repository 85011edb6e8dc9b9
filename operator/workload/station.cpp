#include "operator/workload/station.hpp"

#include <algorithm>

namespace spillway::workload {

std::optional<Station::Ticket> Station::enter(Start start) {
  const Ticket ticket = ++last_ticket_;
  if (busy_ < workers_) {
    ++busy_;
    start();
    return ticket;
  }
  if (queue_.size() >= queue_limit_) return std::nullopt;
  queue_.push_back({ticket, std::move(start)});
  return ticket;
}

bool Station::leave(Ticket ticket) {
  const auto place = std::find_if(queue_.begin(), queue_.end(), [&](const Waiting& w) { return w.ticket == ticket; });
  if (place == queue_.end()) return false;
  queue_.erase(place);
  return true;
}

void Station::finish() {
  if (queue_.empty()) {
    --busy_;
    return;
  }
  const Start start = std::move(queue_.front().start);
  queue_.pop_front();
  start();
}

}  // namespace spillway::workload
