#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "bench/plant/trace.hpp"
#include "model/base/result.hpp"

namespace spillway::bench {

/// Reads a demand trace: `step,timestamp_s,rps[,phase_idx]` (the reference laboratory's format) or `seconds,rps`;
/// columns in any order, found by the header. kInvalid lists every bad row as "row N: ...", row 1 being the first after
/// the header ("header: ..."): short rows, numbers that are not numbers (NaN and infinity too), negative values, time
/// or step that does not increase.
Result<Trace> read_trace(std::istream& in);
/// The same from a file; kNotFound when it cannot be opened.
Result<Trace> load_trace(const std::string& path);
/// Writes `step,timestamp_s,rps`, with `phase_idx` when the trace has phases.
void write_trace(std::ostream& out, const Trace& trace);

/// Builds a trace from phases, CSV `phase_idx,duration,rate_rps`; durations are seconds or carry s, m or h. A bin lasts
/// `dt`.
Result<Trace> build_trace(std::istream& phases, double dt);

/// Facts about a trace for people.
struct TraceFacts {
  std::size_t rows = 0;
  double duration = 0.0;                                  ///< seconds
  double min = 0.0, mean = 0.0, max = 0.0, stddev = 0.0;  ///< of the rate, weighted by time
  double requests = 0.0;                                  ///< expected number
  double largest_rise = 0.0;                              ///< between neighbouring bins, requests per second
  double mean_change = 0.0;  ///< mean absolute change between neighbouring bins over the mean rate
};
TraceFacts describe(const Trace& trace);

/// The bins that lie in [from, to), shifted to start at 0.
Trace window(const Trace& trace, double from, double to);
/// The same demand without steps at the edges of long bins: bins of one second, linear between the middles of the old ones.
Trace interpolated(const Trace& trace);
/// Every rate times `factor`.
Trace scaled(Trace trace, double factor);

}  // namespace spillway::bench
