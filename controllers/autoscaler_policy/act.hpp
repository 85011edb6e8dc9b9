#pragma once
#include <string>

#include "controllers/autoscaler_policy/target.hpp"
#include "model/base/policy.hpp"

namespace spillway::autoscaler_policy {

/// What became of a decision.
enum class WriteOutcome {
  kUnchanged,  ///< nothing to write
  kWritten,
  kWithheld,  ///< DryRun or Paused: only status says what would have been
  kNotLeader,
  kConflict,   ///< spec.replicas is no longer the value decided from: observe and decide again
  kForbidden,  ///< a permission is missing
  kFailed,
};

/// The word for metrics ("Written", ...).
const char* to_string(WriteOutcome outcome);

struct WriteResult {
  WriteOutcome outcome = WriteOutcome::kUnchanged;
  std::string message;  ///< the server's words when it refused
};

/// Moves the target from the observed to the decided number through /scale: only if that is a change, only when
/// `leading`, and only if the target still has the value that was decided from. Never tries twice.
WriteResult write_replicas(const Target& target, Replicas decided, Mode mode, bool leading, kube::Client& client);

}  // namespace spillway::autoscaler_policy
