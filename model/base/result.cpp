#include "model/base/result.hpp"

namespace spillway {

const char* to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kTransient: return "Transient";
    case ErrorKind::kThrottled: return "Throttled";
    case ErrorKind::kConflict: return "Conflict";
    case ErrorKind::kGone: return "Gone";
    case ErrorKind::kNotFound: return "NotFound";
    case ErrorKind::kUnauthorized: return "Unauthorized";
    case ErrorKind::kForbidden: return "Forbidden";
    case ErrorKind::kInvalid: return "Invalid";
    case ErrorKind::kTimeout: return "Timeout";
  }
  return "Unknown";
}

}  // namespace spillway
