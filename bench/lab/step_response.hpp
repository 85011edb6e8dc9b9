#pragma once
#include "bench/lab/report.hpp"
#include "bench/lab/suite.hpp"

namespace spillway::bench {

/// How fast each law drains the backlog of a step to five times the demand, at each start-up lag, beside the causal floor: everything that
/// is allowed, asked for at the first decision whose sensors show the step. The step comes at five places between two decisions; medians.
/// kInvalid: a law's name.
Result<std::vector<ReportTable>> step_tables(const SuiteOptions& options);

}  // namespace spillway::bench
