#pragma once
#include <iosfwd>

#include "operator/io/clock.hpp"

namespace CLI {
class App;
}

namespace spillway::cli {

/// How every command ends; printed by `spillway --help`.
enum ExitCode : int {
  kSuccess = 0,
  kFailure = 1,   ///< the command ran and says no: a replay differs, a server cannot be reached, the lease was lost
  kBadInput = 2,  ///< wrong arguments, or a file that cannot be read or is not valid
};

/// What a command may touch outside itself. Commands write their answer to `out`, and everything for people to `err`.
struct Context {
  const io::Clock& clock;
  std::istream& in;
  std::ostream& out;
  std::ostream& err;
  int exit_code = kSuccess;  ///< set by the command that ran
};

/// Parses the arguments, runs one command and returns its exit code.
int run(int argc, const char* const* argv, Context& context);

// Each adds one subcommand with its options, help and examples; the subcommand's callback sets context.exit_code.
// `context` must outlive `app`.
void add_operator(CLI::App& app, Context& context);
void add_check(CLI::App& app, Context& context);
void add_explain(CLI::App& app, Context& context);
void add_what_if(CLI::App& app, Context& context);
void add_step(CLI::App& app, Context& context);
void add_replay(CLI::App& app, Context& context);
void add_workload(CLI::App& app, Context& context);
void add_load(CLI::App& app, Context& context);
void add_version(CLI::App& app, Context& context);
void add_simulate(CLI::App& app, Context& context);
void add_tune(CLI::App& app, Context& context);
void add_trace(CLI::App& app, Context& context);
void add_convert(CLI::App& app, Context& context);
void add_init(CLI::App& app, Context& context);
void add_report(CLI::App& app, Context& context);

}  // namespace spillway::cli
