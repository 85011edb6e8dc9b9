#include "operator/kube/informer.hpp"

#include <algorithm>

namespace spillway::kube {

void InformerSet::start() {
  std::lock_guard lock(mutex_);
  running_ = true;
  for (auto& [key, informer] : informers_) informer->start();
}

void InformerSet::stop() {
  std::lock_guard lock(mutex_);
  running_ = false;
  for (auto& [key, informer] : informers_) informer->stop();
}

bool InformerSet::synced() const {
  std::lock_guard lock(mutex_);
  return std::all_of(informers_.begin(), informers_.end(), [](const auto& entry) { return entry.second->synced(); });
}

std::vector<std::pair<Selection, Error>> InformerSet::failures() const {
  std::lock_guard lock(mutex_);
  std::vector<std::pair<Selection, Error>> failing;
  for (const auto& [key, informer] : informers_)
    if (auto health = informer->health(); health.error) failing.emplace_back(informer->selection(), *health.error);
  return failing;
}

}  // namespace spillway::kube
