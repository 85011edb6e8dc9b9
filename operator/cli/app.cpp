#include <CLI/CLI.hpp>

#include "operator/cli/commands.hpp"

namespace spillway::cli {

int run(int argc, const char* const* argv, Context& context) {
  CLI::App app{"Spillway scales Kubernetes workloads by model predictive control over the backlog of waiting work.",
               "spillway"};
  app.require_subcommand(1);
  add_operator(app, context);
  add_check(app, context);
  add_explain(app, context);
  add_what_if(app, context);
  add_step(app, context);
  add_replay(app, context);
  add_workload(app, context);
  add_load(app, context);
  add_tune(app, context);
  add_report(app, context);
  add_simulate(app, context);
  add_trace(app, context);
  add_init(app, context);
  add_convert(app, context);
  add_version(app, context);
  app.footer(
      "Exit codes: 0 done; 1 the command ran and says no (a replay differs, a server cannot be reached, the lease was "
      "lost);\n"
      "2 wrong arguments, or a file that cannot be read or is not valid. `spillway COMMAND --help` shows examples.");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error, context.out, context.err) == 0 ? kSuccess : kBadInput;
  }
  return context.exit_code;
}

}  // namespace spillway::cli
