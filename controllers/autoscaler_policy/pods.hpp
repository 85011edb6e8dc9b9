#pragma once
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "model/base/observation.hpp"
#include "operator/kube/objects.hpp"

namespace spillway::autoscaler_policy {

using PodList = std::vector<std::shared_ptr<const kube::Pod>>;

/// Pods counted as what they are.
struct PodCensus {
  Replicas ready = 0;
  std::vector<PendingPod> pending;
  bool unschedulable = false;  ///< at least one pod finds no node
};

/// Counts at most `replicas` pods, ready ones first, then the oldest pending ones: what is more is a rollout's surge,
/// or about to go.
PodCensus count_pods(const PodList& pods, Replicas replicas, Seconds now);

/// Which pods' start-up times have been told already.
class StartupLedger {
 public:
  /// Created-to-Ready of the pods that turned ready since the last call; at the first call, of all ready pods.
  std::vector<Seconds> take_new(const PodList& pods);

 private:
  std::set<std::string> told_;  ///< uids
};

}  // namespace spillway::autoscaler_policy
