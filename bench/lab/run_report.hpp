#pragma once
#include <string>

#include "bench/lab/report.hpp"
#include "model/base/result.hpp"

namespace spillway::bench {

/// Reads the folder that a run on a cluster left (`make demo`, bench) and turns it into a report: load, replicas, backlog and
/// latency of every arm, its figures and what kubectl said. The files, each with a header line:
///   summary.csv   figure,<arm>,<arm>...                     one row per figure
///   load.csv      target,t,scheduled,...,p95_ms,...         from `spillway load --series`
///   replicas.csv  arm,t,spec,ready
///   backlog.csv   arm,t,waiting                             optional
///   *.txt         shown as they are                         optional
/// t in seconds since the run began. kNotFound or kInvalid names the file.
Result<ReportData> read_run(const std::string& folder, const std::string& title);

}  // namespace spillway::bench
