#include "model/signal/robust.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace spillway::signal {

double quantile_in_place(std::span<double> values, double p) {
  if (values.empty()) return 0.0;
  const double position = std::clamp(p, 0.0, 1.0) * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(position);
  const auto nth = values.begin() + below;
  std::nth_element(values.begin(), nth, values.end());
  const double fraction = position - static_cast<double>(below);
  if (fraction <= 0.0 || nth + 1 == values.end()) return *nth;
  return *nth + fraction * (*std::min_element(nth + 1, values.end()) - *nth);
}

double median_in_place(std::span<double> values) { return quantile_in_place(values, 0.5); }

bool Cusum::add(double z) {
  if (!std::isfinite(z)) return false;
  above_ = std::max(0.0, above_ + z - slack_);
  below_ = std::max(0.0, below_ - z - slack_);
  if (above_ < threshold_ && below_ < threshold_) return false;
  above_ = below_ = 0.0;
  return true;
}

}  // namespace spillway::signal
