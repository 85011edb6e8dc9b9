#include "model/baseline/one_line_rule.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::baseline {

Replicas one_line_rule(double arrival_rate, double backlog, double drain_seconds, double target_utilization, double capacity) {
  const double demand = std::max(0.0, arrival_rate) + std::max(0.0, backlog) / drain_seconds;
  const double replicas = std::ceil(demand / (target_utilization * capacity) - 1e-9);
  constexpr double kMost = 1e9;  // beyond any cluster; keeps the conversion defined
  return static_cast<Replicas>(std::clamp(replicas, 0.0, kMost));
}

}  // namespace spillway::baseline
