#include <CLI/CLI.hpp>
#include <map>
#include <memory>

#include "bench/lab/contenders.hpp"
#include "bench/lab/simulate.hpp"
#include "crds/v1alpha1/codec.hpp"
#include "operator/cli/commands.hpp"
#include "operator/cli/simulated_service.hpp"

namespace spillway::cli {
namespace {

struct SimulateArguments {
  SimulatedService service;
  std::string policy_file, output = "table";
  double max_queue_delay_ms = 500.0;
};

int run_simulate(SimulateArguments arguments, Context& context) {
  bench::SimulateOptions& options = arguments.service.options;
  const auto refuse = [&](const Error& error) {
    context.err << "spillway simulate: " << error.message << "\n";
    return kBadInput;
  };
  if (const Status completed = complete(arguments.service); !completed) return refuse(completed.error());
  if (!arguments.policy_file.empty()) {
    auto policy = v1alpha1::load_policy_file(arguments.policy_file);
    if (!policy) return refuse(policy.error());
    play_policy(policy->spec, options);
  }
  options.max_queue_delay = arguments.max_queue_delay_ms / 1000.0;
  options.json = arguments.output == "json";
  return bench::run_simulate(options, context.out, context.err) == 0 ? kSuccess : kBadInput;
}

std::string names_of_laws() {
  std::string text;
  for (const auto& [name, what] : bench::contenders()) text += "\n  " + std::string(name) + ": " + what;
  return text;
}

}  // namespace

void add_simulate(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "simulate", "Play a load against Spillway and other laws on a simulated service and compare them.");
  auto arguments = std::make_shared<SimulateArguments>();
  bench::SimulateOptions& options = arguments->service.options;
  add_simulated_service(*command, arguments->service);
  command->add_option("--laws", options.laws, "laws to play, in order")->capture_default_str()->delimiter(',');
  command
      ->add_option("--policy", arguments->policy_file,
                   "AutoscalerPolicy manifest for Spillway, which then sees only the metrics that it queries; its bounds and set point hold for all laws")
      ->type_name("FILE");
  command->add_option("--period", options.period, "control period without --policy, seconds")
      ->capture_default_str()
      ->check(CLI::Range(1.0, 300.0));
  command->add_option("--target", options.target, "set point without --policy: share of capacity to use")
      ->capture_default_str()
      ->check(CLI::Range(0.05, 1.0));
  command->add_option("--scale-down-cooldown", options.scale_down_cooldown, "Spillway's, without --policy, seconds")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command->add_option("--max-queue-delay-ms", arguments->max_queue_delay_ms, "a request that waits longer is late")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command->add_option("--min", options.min, "fewest replicas without --policy")->capture_default_str();
  command->add_option("--max", options.max, "most replicas without --policy")->capture_default_str();
  command->add_option("--out", options.out_dir, "write trajectory.csv, summary.json and report.html to this folder")
      ->type_name("DIR");
  command->add_option("-o,--output", arguments->output, "table or json")
      ->capture_default_str()
      ->check(CLI::IsMember({"table", "json"}));
  command->footer(
      "Without options: the demo's spike, 20 -> 200 -> 20 requests/s, under Spillway and under an HPA at the same set "
      "point.\nLaws:" +
      names_of_laws() +
      "\nExamples:\n"
      "  spillway simulate --out out/spike\n"
      "  spillway simulate --trace day.csv --policy policy.yaml --laws spillway,hpa,kpa --startup 45\n"
      "  spillway simulate --shape ramp --base 50 --peak 500 --max 60 -o json\n"
      "  spillway simulate --fault empty:all:50:80 --fault spike:arrivalRate:150:165");
  command->callback([arguments, &context] { context.exit_code = run_simulate(*arguments, context); });
}

}  // namespace spillway::cli
