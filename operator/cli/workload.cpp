#include "operator/workload/workload.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "operator/cli/commands.hpp"

namespace spillway::cli {
namespace {

struct WorkloadArguments {
  workload::WorkloadOptions options;
  double startup_seconds = 0.0;
  double drain_seconds = 2.0;
  double drain_timeout_seconds = 5.0;
};

std::chrono::milliseconds milliseconds(double seconds) {
  return std::chrono::milliseconds(static_cast<long>(seconds * 1000.0));
}

int run_workload(WorkloadArguments arguments, Context& context) {
  arguments.options.startup_delay = milliseconds(arguments.startup_seconds);
  arguments.options.drain_delay = milliseconds(arguments.drain_seconds);
  arguments.options.drain_timeout = milliseconds(arguments.drain_timeout_seconds);
  arguments.options.on_listening = [&context, address = arguments.options.address](std::uint16_t port) {
    context.err << "listening on " << address << ":" << port << std::endl;
  };
  return workload::run_workload(arguments.options);
}

}  // namespace

void add_workload(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "workload", "Run the demo service: an HTTP server with a bounded worker pool and a real queue.");
  auto arguments = std::make_shared<WorkloadArguments>();
  workload::WorkloadOptions& options = arguments->options;
  const auto number = [command](const char* name, auto& value, const char* help, double low, double high) {
    command->add_option(name, value, help)->capture_default_str()->check(CLI::Range(low, high));
  };
  command->add_option("--address", options.address, "address to listen on")->capture_default_str();
  command->add_option("--port", options.port, "port to listen on, 0 = any free one")->capture_default_str();
  number("--workers", options.workers, "requests served at once", 1, 1024);
  number("--queue", options.queue_limit, "requests that may wait; the next one gets 503", 0, 100000);
  number("--sleep-ms", options.work.sleep_ms, "time that a plain GET /work waits in its worker", 0, 60000);
  number("--cpu-ms", options.work.cpu_ms, "CPU time that a plain GET /work burns", 0, 60000);
  number("--jitter-ms", options.work.jitter_ms, "uniform addition to --sleep-ms", 0, 5000);
  number("--payload-bytes", options.work.payload_bytes, "size of the answer", 0, 1048576);
  number("--err-rate", options.work.err_rate, "share of requests answered with 500", 0, 1);
  number("--startup-seconds", arguments->startup_seconds, "how long /readyz says 503 after the start", 0, 3600);
  number("--drain-seconds", arguments->drain_seconds, "after SIGTERM: not ready, still serving", 0, 3600);
  number("--drain-timeout-seconds", arguments->drain_timeout_seconds, "then: serve what waits, at most this long", 0,
         3600);
  command->add_option("--seed", options.seed, "of jitter and errors, 0 = different in each process")
      ->capture_default_str();
  command->footer(
      "Serves /work (cpu_ms, sleep_ms, jitter_ms, payload_bytes, err_rate, id as query parameters), /healthz, /readyz, "
      "/metrics.\n"
      "Examples:\n"
      "  spillway workload --port 8080 --workers 1 --sleep-ms 40        # 25 requests per second\n"
      "  spillway workload --port 0 --startup-seconds 20");
  command->callback([arguments, &context] { context.exit_code = run_workload(*arguments, context); });
}

}  // namespace spillway::cli
