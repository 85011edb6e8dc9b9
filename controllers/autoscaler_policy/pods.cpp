#include "controllers/autoscaler_policy/pods.hpp"

#include <algorithm>

#include "operator/io/clock.hpp"

namespace spillway::autoscaler_policy {

PodCensus count_pods(const PodList& pods, Replicas replicas, Seconds now) {
  PodCensus census;
  for (const auto& pod : pods) {
    if (pod->ready) {
      ++census.ready;
      continue;
    }
    census.pending.push_back({std::max(Seconds(0), now - io::to_seconds(pod->meta.created)), !pod->unschedulable});
    census.unschedulable = census.unschedulable || pod->unschedulable;
  }
  census.ready = std::min(census.ready, replicas);
  std::sort(census.pending.begin(), census.pending.end(),
            [](const PendingPod& a, const PendingPod& b) { return a.age > b.age; });
  const auto room = static_cast<std::size_t>(replicas - census.ready);
  if (census.pending.size() > room) census.pending.resize(room);
  return census;
}

std::vector<Seconds> StartupLedger::take_new(const PodList& pods) {
  std::vector<Seconds> times;
  std::set<std::string> told;
  for (const auto& pod : pods) {
    if (!pod->ready || !pod->ready_since) continue;
    told.insert(pod->meta.uid);
    if (told_.contains(pod->meta.uid)) continue;
    times.push_back(std::max(Seconds(0), io::to_seconds(*pod->ready_since) - io::to_seconds(pod->meta.created)));
  }
  // A pod that is not ready for a moment must not count again: its uid stays as long as the pod.
  for (const auto& pod : pods) {
    if (told_.contains(pod->meta.uid)) told.insert(pod->meta.uid);
  }
  told_ = std::move(told);
  return times;
}

}  // namespace spillway::autoscaler_policy
