#pragma once
#include <string>
#include <vector>

#include "bench/lab/closed_loop.hpp"

namespace spillway::bench {

/// The reference laboratory's summary.json - config, n_points, hpa, mpc, delta_mpc_minus_hpa with its eight figures
/// each - and, under `laws`, everything a Summary holds. `mpc` is Spillway's run, `hpa` the first HPA's; a part without
/// such a run is null. slo_violation_ratio is the share of late requests, overflow the missing replicas, max(0, needed
/// - ready).
std::string summary_json(const Scenario& scenario, const std::vector<Run>& runs);

}  // namespace spillway::bench
