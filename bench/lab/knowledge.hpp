#pragma once
#include <iosfwd>

#include "bench/lab/report.hpp"
#include "bench/lab/suite.hpp"

namespace spillway::bench {

/// What each query and each given number is worth: Spillway on every trace of the suite with the arrival rate alone, with one more
/// query, with all of them; and with capacity and start-up lag learned instead of given. One table per lag; costs are
/// geometric means over the traces, as multiples of the first row (arrival rate alone, everything given). Runs on `threads` threads.
Result<std::vector<ReportTable>> knowledge_tables(const SuiteOptions& options, std::ostream& progress);

}  // namespace spillway::bench
