#include "model/forecast/leads.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace spillway::forecast {

Leads::Leads(const Policy& policy) {
  constexpr std::array<int, kMost> kGrid = {1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 17, 24, 34, 48};
  constexpr double kLeast = 10.0;
  const double period = std::max(1e-3, policy.control_period.value());
  const double startup = policy.startup ? policy.startup->value() : 0.0;
  const double wanted = std::max({kLeast, policy.horizon.value() / period, startup / period + 4.0});
  while (size_ < kMost) {
    steps_[size_] = kGrid[size_];
    if (kGrid[size_++] >= wanted) break;
  }
  // A replica asked for now serves its first whole period at this lead.
  const double first_served = std::ceil(startup / period) + 1.0;
  if (first_served <= longest()) steps_[nearest(first_served)] = static_cast<int>(first_served);
}

std::size_t Leads::nearest(double steps) const {
  std::size_t best = 0;
  for (std::size_t i = 1; i < size_; ++i)
    if (std::abs(steps_[i] - steps) < std::abs(steps_[best] - steps)) best = i;
  return best;
}

}  // namespace spillway::forecast
