#include "model/base/observation.hpp"

namespace spillway {

const char* to_string(Absence absence) {
  switch (absence) {
    case Absence::kNone: return "Present";
    case Absence::kNotAsked: return "NotAsked";
    case Absence::kEmpty: return "Empty";
    case Absence::kNotANumber: return "NotANumber";
    case Absence::kInfinite: return "Infinite";
    case Absence::kNegative: return "Negative";
    case Absence::kStale: return "Stale";
    case Absence::kPartial: return "Partial";
    case Absence::kError: return "Error";
    case Absence::kTimeout: return "Timeout";
  }
  return "Unknown";
}

}  // namespace spillway
