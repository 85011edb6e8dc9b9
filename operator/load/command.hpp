#pragma once
#include <iosfwd>
#include <string>
#include <vector>

#include "operator/io/clock.hpp"
#include "operator/load/generator.hpp"

namespace spillway::load {

/// `spillway load`, ready for a command line to fill in.
struct LoadCommand {
  /// Services side by side; each "name=http://a:1,http://b:2" (fixed endpoints) or "name=namespace/label=value[:port]"
  /// (the ready pods of that selector; port absent = the first container port). The name may be left out. See
  /// target_spec.hpp.
  std::vector<std::string> targets;
  std::string path = "/work";
  std::string phases;      ///< "20x60s,200x60s,20x120s"; this or trace_file
  std::string trace_file;  ///< CSV, see parse_trace
  double scale = 1.0;      ///< multiplies every rate
  LoadOptions options;     ///< its plan is filled from phases or trace_file
  double late_after_ms = 500.0;
  std::string kubeconfig;        ///< for selectors; empty = KUBECONFIG, ~/.kube/config or in-cluster
  std::string output = "table";  ///< table | json
  std::string series_file;       ///< per-second CSV; empty = none
};

/// Runs it: the report to `out`, progress and errors to `err` (a bar when stderr is a terminal, else a line every ten
/// seconds). 0 = ran to the end, 1 = interrupted or could not run, 2 = bad input. SIGINT and SIGTERM end it early with
/// a report of what was.
int run_load_command(const LoadCommand& command, const io::Clock& clock, std::ostream& out, std::ostream& err);

}  // namespace spillway::load
