#include <CLI/CLI.hpp>
#include <memory>

#include "operator/cli/commands.hpp"
#include "operator/load/command.hpp"

namespace spillway::cli {
namespace {

struct LoadArguments {
  load::LoadCommand command;
  double timeout_seconds = 10.0;
  double start_at = 0.0;
  std::string arrivals = "poisson";
};

int run_load(LoadArguments arguments, Context& context) {
  load::LoadOptions& options = arguments.command.options;
  options.timeout = std::chrono::milliseconds(static_cast<long>(arguments.timeout_seconds * 1000.0));
  options.arrivals = arguments.arrivals == "uniform" ? load::Arrivals::kUniform : load::Arrivals::kPoisson;
  if (arguments.start_at > 0) {
    const std::chrono::duration<double> since_epoch(arguments.start_at);
    options.start_at = io::WallTime(std::chrono::duration_cast<io::WallTime::duration>(since_epoch));
  }
  return load::run_load_command(arguments.command, context.clock, context.out, context.err);
}

}  // namespace

void add_load(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "load", "Send requests in an open loop, at the rate of a plan or a trace, and report latencies.");
  auto arguments = std::make_shared<LoadArguments>();
  load::LoadCommand& load = arguments->command;
  command
      ->add_option("targets", load.targets,
                   "name=http://a:1,http://b:2 or name=namespace/label=value[:port] (its ready pods)")
      ->required()
      ->type_name("TARGET");
  auto* phases =
      command->add_option("--phases", load.phases, "rate x duration, e.g. 20x60s,200x60s,20x120s")->type_name("PHASES");
  auto* trace =
      command->add_option("--trace", load.trace_file, "CSV seconds,rps or step,timestamp_s,rps")->type_name("CSV");
  phases->excludes(trace);
  command->add_option("--scale", load.scale, "multiplies every rate")
      ->capture_default_str()
      ->check(CLI::Range(0.0, 1e6));
  command->add_option("--path", load.path, "path and query of each request")->capture_default_str();
  command->add_option("--timeout-seconds", arguments->timeout_seconds, "of one request, from its scheduled time")
      ->capture_default_str()
      ->check(CLI::Range(0.001, 3600.0));
  command->add_option("--arrivals", arguments->arrivals, "poisson or uniform")
      ->capture_default_str()
      ->check(CLI::IsMember({"poisson", "uniform"}));
  command->add_option("--seed", load.options.seed, "of the arrival times")->capture_default_str();
  command->add_option("--start-at", arguments->start_at, "Unix time of the start, 0 = now")->capture_default_str();
  command->add_option("--max-requests", load.options.max_requests, "of one target; the run ends there")
      ->capture_default_str();
  command->add_option("--late-after-ms", load.late_after_ms, "a slower answer counts as late")->capture_default_str();
  command->add_option("--kubeconfig", load.kubeconfig, "for targets by label")->type_name("FILE");
  command->add_option("-o,--output", load.output, "table or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json"}));
  command->add_option("--series", load.series_file, "write figures per second to this CSV")->type_name("FILE");
  command->footer(
      "Latency counts from the scheduled time, so a stall shows. Each request goes to the ready endpoint with the "
      "fewest open ones.\n"
      "Examples:\n"
      "  spillway load http://127.0.0.1:8080 --phases 20x60s,200x60s,20x120s\n"
      "  spillway load hpa=demo/app=web-hpa spillway=demo/app=web --trace spike.csv --output json --series load.csv");
  command->callback([arguments, &context] { context.exit_code = run_load(*arguments, context); });
}

}  // namespace spillway::cli
