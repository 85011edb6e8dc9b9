#pragma once
#include <string>

#include "model/loop/step.hpp"

namespace spillway::record {

/// One line of output of `spillway step` (api.md, "Command line"):
///   {"t": 15.0, "replicas": 7, "raw": 6.4, "reason": "...", "message": "...", "trail": [{"guard", "before", "after",
///   "message"}],
///    "plan": [{"offsetSeconds", "replicas", "backlog"}]}
/// "timeLimited" beside it lists simplex attempts that were cut short in wall time, if any (plan/plan.hpp).
/// Numbers are spelt so that they read back exactly. No newline at the end.
std::string decision_line(Seconds t, const decide::Decision& decision, const plan::Plan& plan);

/// As above, with "timings": {"stepSeconds"} for `--timings`.
std::string decision_line(Seconds t, const decide::Decision& decision, const plan::Plan& plan, Seconds step_duration);

/// {"error": "..."}: the answer to a malformed line.
std::string error_line(const std::string& message);

}  // namespace spillway::record
