#include "operator/cli/simulated_service.hpp"

#include <CLI/CLI.hpp>
#include <charconv>
#include <map>

#include "bench/lab/contenders.hpp"
#include "bench/lab/trace_io.hpp"
#include "crds/v1alpha1/resolve.hpp"
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

const std::map<std::string, bench::FaultKind, std::less<>> kFaults = {
    {"spike", bench::FaultKind::kSpike}, {"negative", bench::FaultKind::kNegative}, {"zero", bench::FaultKind::kZero},   {"nan", bench::FaultKind::kNaN},
    {"empty", bench::FaultKind::kEmpty}, {"stale", bench::FaultKind::kStale},       {"stuck", bench::FaultKind::kStuck}, {"delayed", bench::FaultKind::kDelayed}};
const std::map<std::string, bench::Metric, std::less<>> kMetrics = {
    {"arrivalRate", bench::Metric::kArrivalRate}, {"throughput", bench::Metric::kThroughput}, {"backlog", bench::Metric::kBacklog},
    {"latency", bench::Metric::kLatency},         {"utilization", bench::Metric::kUtilization}, {"all", bench::Metric::kAll}};

std::string names(const auto& map) {
  std::string text;
  for (const auto& [name, value] : map) text += (text.empty() ? "" : ", ") + name;
  return text;
}

Result<double> seconds(const std::string& fault, std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0.0))
    return Error{ErrorKind::kInvalid, "fault: " + fault + ": \"" + std::string(text) + "\" must be seconds, 0 or more"};
  return value;
}

/// KIND:METRIC:FROM:TO.
Result<bench::Fault> fault_of(const std::string& text) {
  std::vector<std::string> part(1);
  for (const char c : text) {
    if (c == ':') part.emplace_back();
    else part.back().push_back(c);
  }
  if (part.size() != 4) return Error{ErrorKind::kInvalid, "fault: " + text + ": must be KIND:METRIC:FROM:TO, such as empty:all:60:120"};
  const auto kind = kFaults.find(part[0]);
  if (kind == kFaults.end()) return Error{ErrorKind::kInvalid, "fault: " + text + ": \"" + part[0] + "\" must be one of " + names(kFaults)};
  const auto metric = kMetrics.find(part[1]);
  if (metric == kMetrics.end()) return Error{ErrorKind::kInvalid, "fault: " + text + ": \"" + part[1] + "\" must be one of " + names(kMetrics)};
  const auto from = seconds(text, part[2]), to = seconds(text, part[3]);
  if (!from) return from.error();
  if (!to) return to.error();
  return bench::Fault{kind->second, metric->second, *from, *to};
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
  command.add_option("--fault", service.faults, "what is wrong with a metric for a while: one of " + names(kFaults) + "; of " + names(kMetrics) + "; from and to which second")
      ->type_name("KIND:METRIC:FROM:TO");
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
  for (const std::string& text : service.faults) {
    auto fault = fault_of(text);
    if (!fault) return fault.error();
    options.faults.push_back(*fault);
  }
  options.service_time = service.service_ms / 1000.0;
  options.queueing = bench::queueing_names().at(service.queueing);
  return Ok{};
}

void play_policy(const v1alpha1::AutoscalerPolicySpec& spec, bench::SimulateOptions& options) {
  options.policy = v1alpha1::resolve(spec).policy;
  const v1alpha1::Metrics& asked = spec.metrics;
  if (asked.push) return;  // what will be pushed is not known: all of it
  options.sensors = {.throughput = asked.throughput.has_value(), .backlog = asked.backlog.has_value(),
                     .latency = asked.latency.has_value(), .utilization = asked.utilization.has_value()};
}

}  // namespace spillway::cli
