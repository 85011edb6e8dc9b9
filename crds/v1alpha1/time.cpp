#include <array>
#include <cctz/time_zone.h>

#include "crds/v1alpha1/codec.hpp"

namespace spillway::v1alpha1 {

std::string format_time(Time time) { return cctz::format("%Y-%m-%dT%H:%M:%SZ", time, cctz::utc_time_zone()); }

Result<Time> parse_time(std::string_view text) {
  std::chrono::system_clock::time_point parsed;
  // RFC 3339: %Ez takes "Z" and "+01:00", %E*S takes fractions (metav1.MicroTime), which are dropped.
  if (!cctz::parse("%Y-%m-%dT%H:%M:%E*S%Ez", std::string(text), cctz::utc_time_zone(), &parsed))
    return Error{ErrorKind::kInvalid, "Invalid value: \"" + std::string(text) + "\": must be a time such as 2026-01-31T08:00:00Z"};
  return std::chrono::floor<std::chrono::seconds>(parsed);
}

}  // namespace spillway::v1alpha1
