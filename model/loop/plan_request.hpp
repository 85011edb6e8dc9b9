#pragma once
#include "model/loop/memory.hpp"

namespace spillway::loop {

/// Brings estimate, forecast, policy and memory into the program's own terms.
plan::PlanRequest make_plan_request(const Observation& observation, const Policy& policy, const Trace& trace,
                                    const Memory::Contents& memory, double startup, Seconds now);

/// When each pending replica is due, seconds from now, ascending. Pods older than the lag have a residual lag of their own;
/// unschedulable ones are left out.
std::vector<double> pending_due_times(const Observation& observation, const estimate::StateEstimate& estimate,
                                      const std::vector<Asked>& asked, Seconds period, Seconds now);

}  // namespace spillway::loop
