#pragma once
#include <cstddef>
#include <string>
#include <string_view>

#include "model/base/result.hpp"

namespace spillway::workload {

/// What one request does in its worker, and what it answers. Limits stand in the table of work.cpp and in the error
/// messages.
struct WorkParameters {
  double cpu_ms = 0.0;            ///< CPU time burnt, 0..60000
  double sleep_ms = 0.0;          ///< waited without using CPU, 0..60000
  double jitter_ms = 0.0;         ///< uniform in [0, jitter_ms] on top of sleep_ms, 0..5000
  std::size_t payload_bytes = 0;  ///< size of the answer's body, 0..1048576
  double err_rate = 0.0;          ///< share of requests answered with 500, 0..1
  std::string id;                 ///< echoed, at most 256 bytes
};

/// A request target cut in two: "/work?sleep_ms=5" -> "/work", "sleep_ms=5".
struct Target {
  std::string_view path;
  std::string_view query;
};
Target split_target(std::string_view target);

/// Reads the query string over `defaults`. kInvalid names the parameter, the value and what is allowed.
Result<WorkParameters> parse_work(std::string_view query, WorkParameters defaults);

/// Checks parameters that came from flags against the same limits.
Status validate(const WorkParameters& work);

}  // namespace spillway::workload
