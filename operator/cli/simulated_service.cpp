#include "operator/cli/simulated_service.hpp"

#include <CLI/CLI.hpp>

#include "bench/lab/contenders.hpp"
#include "bench/lab/trace_io.hpp"
#include "operator/load/schedule.hpp"

namespace spillway::cli {
namespace {

bench::Trace trace_of(const load::RatePlan& plan) {
  bench::Trace trace;
  double start = 0.0;
  for (const load::Phase& phase : plan) {
    for (double t = 0.0; t < phase.duration.value(); t += 1.0) {
      trace.time.push_back(start + t);
      trace.rate.push_back(phase.rate.value());
    }
    start += phase.duration.value();
  }
  return trace;
}

}  // namespace

void add_simulated_service(CLI::App& command, SimulatedService& service) {
  bench::SimulateOptions& options = service.options;
  auto* trace =
      command.add_option("--trace", service.trace_file, "demand to play: CSV seconds,rps or step,timestamp_s,rps")
          ->type_name("CSV");
  auto* phases =
      command.add_option("--phases", service.phases, "demand as rate x duration, e.g. 20x60s,200x60s,20x120s")
          ->type_name("PHASES");
  auto* shape =
      command.add_option("--shape", options.shape.shape, "demand to generate (see `spillway trace generate --help`)")
          ->capture_default_str();
  trace->excludes(phases)->excludes(shape);
  phases->excludes(shape);
  command.add_option("--base", options.shape.base, "requests/s of the shape's quiet part")->capture_default_str();
  command.add_option("--peak", options.shape.peak, "requests/s of its peak")->capture_default_str();
  command.add_option("--duration", options.shape.duration, "seconds; 0 = the shape's own")->capture_default_str();
  command.add_option("--service-ms", service.service_ms, "time that one request takes in service")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--service-variation", options.service_variation, "its coefficient of variation, 0 = constant")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--concurrency", options.concurrency, "requests a replica serves at once")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--startup", options.startup, "seconds from asked for to ready")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--startup-sigma", options.startup_sigma, "lognormal spread of that, 0 = constant")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--queueing", service.queueing, "one shared queue, or one per pod and how the next pod is chosen")
      ->capture_default_str()
      ->check(CLI::IsMember(bench::queueing_names()));
  command.add_option("--queue-limit", options.queue_limit, "most requests waiting per pod, 0 = no limit")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  command.add_option("--timeout", options.timeout, "seconds a client waits")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--rate-window", options.rate_window, "seconds that rates are averaged over")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--scrape-interval", options.scrape_interval, "seconds between scrapes")
      ->capture_default_str()
      ->check(CLI::PositiveNumber);
  command.add_option("--seed", options.seed, "of arrivals and start-up lags; the same seed gives the same result")
      ->capture_default_str();
}

Status complete(SimulatedService& service) {
  bench::SimulateOptions& options = service.options;
  if (!service.trace_file.empty()) {
    auto trace = bench::load_trace(service.trace_file);
    if (!trace) return trace.error();
    options.trace = std::move(*trace);
    options.trace_name = service.trace_file;
  }
  if (!service.phases.empty()) {
    const auto plan = load::parse_phases(service.phases);
    if (!plan) return plan.error();
    options.trace = trace_of(*plan);
    options.trace_name = service.phases;
  }
  options.service_time = service.service_ms / 1000.0;
  options.queueing = bench::queueing_names().at(service.queueing);
  return Ok{};
}

}  // namespace spillway::cli
