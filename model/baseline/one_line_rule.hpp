#pragma once
#include "model/base/units.hpp"

namespace spillway::baseline {

/// ceil((lambda + b / T) / (rho mu)): enough replicas for the arrivals at the set point, and to drain the backlog within T seconds.
/// Rates in requests per second (mu per replica), backlog in requests. The law every other one must beat.
Replicas one_line_rule(double arrival_rate, double backlog, double drain_seconds, double target_utilization, double capacity);

}  // namespace spillway::baseline
