#pragma once
#include <span>
#include <string>
#include <vector>

#include "crds/v1alpha1/types.hpp"

namespace spillway::onboarding {

/// The workload whose metrics are looked for.
struct Workload {
  std::string ns;
  std::string kind;
  std::string name;
  std::string selector;  ///< of its pods, as text ("app=web,tier=front"); may be empty
  int replicas = 0;      ///< spec.replicas
};

enum class MetricRole { kArrivals, kBacklog };

/// A metric name that frameworks, meshes and brokers use.
struct KnownMetric {
  const char* name;
  MetricRole role;
  v1alpha1::ArrivalCounts counts = v1alpha1::ArrivalCounts::kCompletions;  ///< of kArrivals
  bool includes_in_service = false;                                        ///< of kBacklog
};

/// Best first: where several are there, what is counted on arrival says more than what is counted when done.
std::span<const KnownMetric> known_metrics();
/// nullptr if the name is not known.
const KnownMetric* find_known_metric(const std::string& name);

/// One way of telling the workload's series from all others: label matchers without braces, e.g. namespace="shop",pod=~"web-.+".
struct SeriesMatcher {
  std::string labels;
  bool per_pod = false;  ///< the series carry the pod's name, so that they can be counted
};

/// The ways that are usual, the most exact first.
std::vector<SeriesMatcher> matchers_of(const Workload& workload);

/// sum(rate(name{labels}[window])), the window in seconds.
std::string rate_query(const std::string& metric, const std::string& labels, int window_seconds);
std::string sum_query(const std::string& metric, const std::string& labels);

/// What to ask when nothing was found: the most usual name and labels. It answers nothing until the metric is there, and nothing is never
/// taken for zero.
std::string guessed_query(const Workload& workload);

}  // namespace spillway::onboarding
