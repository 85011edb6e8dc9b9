#pragma once
#include <optional>
#include <string>

#include "operator/onboarding/metric_catalogue.hpp"
#include "operator/prometheus/client.hpp"

namespace spillway::onboarding {

/// A metric of the workload that Prometheus really has.
struct FoundMetric {
  const KnownMetric* metric = nullptr;
  SeriesMatcher matcher;
  int series = 0;
};

/// What a look at Prometheus gave. Everything is optional: a workload may have no metrics yet.
struct Findings {
  std::optional<FoundMetric> arrivals;
  std::optional<FoundMetric> backlog;
  std::optional<SeriesMatcher> targets;  ///< `up` knows the workload's pods by this
  int window_seconds = 60;               ///< for rate(): four scrapes, at least 30 s
};

/// Looks for the usual metric names with the usual labels, all questions at once. Errors are the server's own (it cannot be asked at
/// all); finding nothing is no error.
Result<Findings> probe(const prometheus::Client& server, const Workload& workload, Seconds now);

/// One sentence for people: what was found, with its labels, or which names were looked for in vain.
std::string describe(const Findings& findings);

}  // namespace spillway::onboarding
