#include "model/base/text.hpp"

#include <cmath>
#include <cstdio>

namespace spillway {

std::string for_people(double value) {
  if (std::isnan(value)) return "NaN";
  char buffer[48];
  const double magnitude = std::fabs(value);
  if (magnitude >= 1e9 || (magnitude > 0 && magnitude < 1e-3)) {
    std::snprintf(buffer, sizeof buffer, "%.2e", value);
  } else if (magnitude >= 100) {
    std::snprintf(buffer, sizeof buffer, "%.0f", value);
  } else {
    std::snprintf(buffer, sizeof buffer, "%.3g", value);
  }
  return buffer;
}

}  // namespace spillway
