#include "model/base/stages.hpp"

#include <algorithm>
#include <cmath>

namespace spillway {

StageGrid make_stages(Seconds period, Seconds horizon, Seconds startup, std::size_t max_stages) {
  constexpr double kGrowth = 1.5;
  const double T = period.value();
  const double end = std::max(horizon.value(), startup.value() + 4.0 * T);
  const double fine_end = startup.value() + 2.0 * T;
  // A start-up lag of many periods would need too many fine stages: spread the lag over at most two thirds of them.
  const double fine = std::max(T, std::ceil(fine_end / T / (2.0 * static_cast<double>(max_stages) / 3.0)) * T);
  StageGrid grid;
  double t = 0.0;
  double length = T;
  while (t < end - 1e-9 && grid.size() < max_stages) {
    const bool last = grid.size() + 1 == max_stages;
    const double d = last ? std::max(end - t, T) : length;
    grid.offset.push_back(t);
    grid.duration.push_back(d);
    t += d;
    length = t < fine_end - 1e-9 ? fine : length * kGrowth;
  }
  return grid;
}

}  // namespace spillway
