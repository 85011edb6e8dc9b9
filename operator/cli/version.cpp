#include <CLI/CLI.hpp>

#include "crds/v1alpha1/types.hpp"
#include "operator/cli/commands.hpp"

namespace spillway::cli {

void add_version(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("version", "Print the version of the binary and of the API that it serves.");
  command->footer("Example:\n  spillway version");
  command->callback(
      [&context] { context.out << "spillway " << SPILLWAY_VERSION << " (" << v1alpha1::kApiVersion << ")\n"; });
}

}  // namespace spillway::cli
