#include <CLI/CLI.hpp>
#include <algorithm>
#include <fstream>
#include <memory>
#include <vector>

#include "bench/lab/contenders.hpp"
#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/manifest_writer.hpp"
#include "crds/v1alpha1/resolve.hpp"
#include "operator/cli/commands.hpp"
#include "operator/cli/simulated_service.hpp"

namespace spillway::cli {
namespace {

using v1alpha1::AutoscalerPolicy;
using v1alpha1::AutoscalerPolicySpec;
using bench::fixed;

struct TuneArguments {
  SimulatedService service;
  std::string policy_file, write, output = "table";
  std::vector<int> targets{60, 70, 80, 90}, cooldowns{30, 120, 300}, horizons;
  std::vector<double> prices{0.5, 1.0, 2.0};
  int seeds = 3;
  std::size_t show = 10;
};

/// A setting and what it came to, means over the seeds.
struct Candidate {
  AutoscalerPolicySpec spec;
  double price = 1.0;  ///< of a late request to the law, over the policy's own
  bool is_given = false;
  double cost = 0.0, late_percent = 0.0, replica_seconds = 0.0, moves = 0.0;
};

/// The policy as it is, then every combination of the grid.
std::vector<Candidate> grid_of(const TuneArguments& arguments, const AutoscalerPolicySpec& given, double penalty) {
  std::vector<Candidate> candidates{{.spec = given, .is_given = true}};
  const std::vector<int> horizons = arguments.horizons.empty() ? std::vector<int>{given.horizon_seconds} : arguments.horizons;
  for (const int target : arguments.targets) {
    for (const double price : arguments.prices) {
      for (const int cooldown : arguments.cooldowns) {
        for (const int horizon : horizons) {
          Candidate candidate{.spec = given, .price = price};
          candidate.spec.objective.target_utilization_percent = target;
          candidate.spec.objective.late_penalty = v1alpha1::ResourceQuantity::of(price * penalty);
          candidate.spec.behavior.scale_down.cooldown_seconds = cooldown;
          candidate.spec.horizon_seconds = horizon;
          candidates.push_back(std::move(candidate));
        }
      }
    }
  }
  return candidates;
}

/// Plays one candidate on every seed. What it costs is counted at the given policy's price and on the given policy's service: only the law differs.
Status play(Candidate& candidate, bench::Scenario scenario, int seeds) {
  const Policy policy = v1alpha1::resolve(candidate.spec).policy;
  const std::uint64_t first = scenario.plant.seed;
  for (int i = 0; i < seeds; ++i) {
    scenario.plant.seed = first + static_cast<std::uint64_t>(i);
    auto law = bench::make_law("spillway", scenario, policy);
    if (!law) return law.error();
    const bench::Summary summary = bench::run(scenario, **law).summary;
    candidate.cost += summary.cost / seeds;
    candidate.late_percent += 100.0 * summary.late_share / seeds;
    candidate.replica_seconds += summary.replica_seconds / seeds;
    candidate.moves += double(summary.moves) / seeds;
  }
  return Ok{};
}

bench::ReportTable ranking(const std::vector<Candidate>& ranked, std::size_t show) {
  bench::ReportTable table;
  table.header = {"rank", "target %", "late price", "down cooldown s", "horizon s", "late %", "replica-s", "moves", "cost"};
  for (std::size_t i = 0; i < ranked.size(); ++i) {
    const Candidate& c = ranked[i];
    if (i >= show && !c.is_given) continue;
    const Policy policy = v1alpha1::resolve(c.spec).policy;
    table.rows.push_back({std::to_string(i + 1) + (c.is_given ? " (as given)" : ""), fixed(100.0 * policy.target_utilization, 0), "x " + fixed(c.price, 2),
                          fixed(policy.scale_down.cooldown.value(), 0), std::to_string(c.spec.horizon_seconds), fixed(c.late_percent, 2),
                          fixed(c.replica_seconds, 0), fixed(c.moves, 1), fixed(c.cost, 0)});
  }
  return table;
}

/// The best setting as a manifest to apply.
Status write_best(const std::string& file, const AutoscalerPolicy& given, const Candidate& best) {
  std::ofstream out(file);
  out << v1alpha1::write_policy_manifest(given.metadata, best.spec, {}, {"Written by spillway tune: the cheapest setting on the demand that was played."});
  out.close();
  if (!out) return Error{ErrorKind::kInvalid, file + ": cannot be written"};
  return Ok{};
}

int run_tune(TuneArguments arguments, Context& context) {
  const auto refuse = [&](const Error& error) {
    context.err << "spillway tune: " << error.message << "\n";
    return kBadInput;
  };
  const auto given = v1alpha1::load_policy_file(arguments.policy_file);
  if (!given) return refuse(given.error());
  if (const Status completed = complete(arguments.service); !completed) return refuse(completed.error());
  play_policy(given->spec, arguments.service.options);
  const auto scenario = bench::scenario_of(arguments.service.options);
  if (!scenario) return refuse(scenario.error());

  std::vector<Candidate> candidates = grid_of(arguments, given->spec, scenario->penalty());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (const Status played = play(candidates[i], *scenario, arguments.seeds); !played) return refuse(played.error());
    if ((i + 1) % 10 == 0 || i + 1 == candidates.size()) context.err << "tune: " << i + 1 << " of " << candidates.size() << " settings played\n";
  }
  std::stable_sort(candidates.begin(), candidates.end(), [](const Candidate& a, const Candidate& b) { return a.cost < b.cost; });
  const bench::ReportTable table = ranking(candidates, arguments.output == "csv" ? candidates.size() : arguments.show);
  context.out << (arguments.output == "csv" ? bench::render_csv(table) : bench::render_text(table));
  if (!arguments.write.empty()) {
    if (const Status written = write_best(arguments.write, *given, candidates.front()); !written) return refuse(written.error());
    context.err << "wrote " << arguments.write << "\n";
  }
  return kSuccess;
}

}  // namespace

void add_tune(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("tune", "Play a demand under a grid of settings of a policy and rank what each would have cost.");
  auto arguments = std::make_shared<TuneArguments>();
  command->add_option("--policy", arguments->policy_file, "AutoscalerPolicy manifest to start from")->required()->type_name("FILE");
  command->add_option("--targets", arguments->targets, "spec.objective.targetUtilizationPercent to try")->capture_default_str()->delimiter(',')->check(CLI::Range(1, 100));
  command->add_option("--late-prices", arguments->prices, "spec.objective.latePenalty to try, as multiples of the policy's own")
      ->capture_default_str()
      ->delimiter(',')
      ->check(CLI::PositiveNumber);
  command->add_option("--cooldowns", arguments->cooldowns, "spec.behavior.scaleDown.cooldownSeconds to try")->capture_default_str()->delimiter(',')->check(CLI::Range(0, 86400));
  command->add_option("--horizons", arguments->horizons, "spec.horizonSeconds to try; default the policy's own")->delimiter(',')->check(CLI::Range(1, 7200));
  command->add_option("--seeds", arguments->seeds, "times that each setting is played, each with other arrivals")->capture_default_str()->check(CLI::Range(1, 100));
  command->add_option("--show", arguments->show, "settings to print; the given one is always among them")->capture_default_str();
  command->add_option("--write", arguments->write, "write the best as a manifest to this file")->type_name("FILE");
  command->add_option("-o,--output", arguments->output, "table (the best), or csv (all)")->capture_default_str()->check(CLI::IsMember({"table", "csv"}));
  add_simulated_service(*command, arguments->service);
  command->footer(
      "Cost: replica-seconds + late requests at the given policy's own price, for every setting alike; what a setting's price changes is how careful the law is.\n"
      "A setting that wins by little on one demand is not better: play a second demand before you apply it.\n"
      "Examples:\n"
      "  spillway tune --policy examples/policies/minimal.yaml --phases 20x60s,200x60s,20x120s --startup 30\n"
      "  spillway tune --policy policy.yaml --trace day.csv --targets 70,80 --late-prices 1,2 --cooldowns 60,300 --write best.yaml");
  command->callback([arguments, &context] { context.exit_code = run_tune(*arguments, context); });
}

}  // namespace spillway::cli
