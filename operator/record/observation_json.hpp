#pragma once
#include <string>
#include <string_view>

#include "model/base/observation.hpp"
#include "model/base/result.hpp"

namespace spillway::record {

/// One line of input to `spillway step`: what was seen at `t`.
struct StepInput {
  Seconds t{0.0};
  Observation observation;
  bool ready_known = true;  ///< false: the line has no readyReplicas, and observation.ready holds `replicas`
};

/// Reads one observation line (api.md, "Command line"):
///   {"t": 15.0, "arrivalRate": 120.5, "throughput": 118.0, "backlog": 30, "readyReplicas": 4, "replicas": 5,
///   "latencyP95": 0.21}
/// `t` and `replicas` are required. A metric is missing when it is null, "NaN" or absent; negative and infinite numbers
/// are missing too and keep their reason. A metric may also be an object {"value", "time", "absence", "detail"}, and
/// the fields "utilization", "pending", "startupSeconds", "rolloutInProgress", "growthBlocked", "calendar" and "gates"
/// may follow: that is how the operator records what it saw. Other fields are ignored. Errors: kInvalid, naming field,
/// value and what is allowed.
Result<StepInput> parse_observation(std::string_view line);

/// The inverse: parse_observation(observation_line(t, o)) gives back exactly (t, o). No newline at the end.
std::string observation_line(Seconds t, const Observation& observation);

}  // namespace spillway::record
