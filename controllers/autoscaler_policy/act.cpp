#include "controllers/autoscaler_policy/act.hpp"

namespace spillway::autoscaler_policy {

const char* to_string(WriteOutcome outcome) {
  switch (outcome) {
    case WriteOutcome::kUnchanged:
      return "Unchanged";
    case WriteOutcome::kWritten:
      return "Written";
    case WriteOutcome::kWithheld:
      return "Withheld";
    case WriteOutcome::kNotLeader:
      return "NotLeader";
    case WriteOutcome::kConflict:
      return "Conflict";
    case WriteOutcome::kForbidden:
      return "Forbidden";
    case WriteOutcome::kFailed:
      return "Failed";
  }
  return "Unknown";
}

WriteResult write_replicas(const Target& target, Replicas decided, Mode mode, bool leading, kube::Client& client) {
  if (decided == target.replicas) return {};
  if (mode != Mode::kActive) return {WriteOutcome::kWithheld, {}};
  if (!leading) return {WriteOutcome::kNotLeader, "another instance leads"};
  const auto scale = client.set_scale(target.type, target.meta.key(), target.replicas, decided);
  if (scale) return {WriteOutcome::kWritten, {}};
  switch (scale.error().kind) {
    case ErrorKind::kConflict:
      return {WriteOutcome::kConflict, scale.error().message};
    case ErrorKind::kForbidden:
      return {WriteOutcome::kForbidden, scale.error().message};
    default:
      return {WriteOutcome::kFailed, std::string(to_string(scale.error().kind)) + ": " + scale.error().message};
  }
}

}  // namespace spillway::autoscaler_policy
