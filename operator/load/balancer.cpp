#include "operator/load/balancer.hpp"

namespace spillway::load {

void Balancer::update(const std::shared_ptr<const EndpointList>& list) {
  if (list == list_) return;
  std::map<std::string, std::shared_ptr<Slot>> known;
  for (auto& slot : slots_) known.emplace(slot->url, std::move(slot));
  slots_.clear();
  for (const auto& url : *list) {
    auto& slot = known[url];
    if (!slot) slot = std::make_shared<Slot>(Slot{url});
    slots_.push_back(slot);
  }
  list_ = list;
}

std::shared_ptr<Slot> Balancer::pick(io::MonotonicTime now) {
  const Slot* best = nullptr;
  std::size_t place = 0;
  for (std::size_t i = 0; i < slots_.size(); ++i) {
    const std::size_t candidate = (turn_ + i) % slots_.size();
    const Slot* slot = slots_[candidate].get();
    const auto rank = [&](const Slot* s) { return std::pair(s->resting_until > now, s->outstanding); };
    if (best == nullptr || rank(slot) < rank(best)) best = slot, place = candidate;
  }
  if (best == nullptr) return nullptr;
  turn_ = place + 1;
  return slots_[place];
}

}  // namespace spillway::load
