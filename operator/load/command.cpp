#include "operator/load/command.hpp"

#include <signal.h>
#include <unistd.h>

#include <fstream>
#include <ostream>
#include <sstream>
#include <thread>

#include "model/base/text.hpp"
#include "operator/io/curl_transport.hpp"
#include "operator/io/scheduler.hpp"
#include "operator/kube/config.hpp"
#include "operator/load/pod_endpoints.hpp"
#include "operator/load/progress.hpp"
#include "operator/load/report.hpp"
#include "operator/load/target_spec.hpp"

namespace spillway::load {
namespace {

enum Exit { kDone = 0, kFailed = 1, kBadInput = 2 };
constexpr std::chrono::seconds kFirstListLimit{20};
constexpr std::size_t kMaxPhasesInReport = 12;
constexpr long kIdleConnections =
    4096;  // an open loop at overload needs as many connections as there are waiting requests

/// Turns SIGINT and SIGTERM into a stop request while it lives. Make it before any other thread: they inherit the mask.
class StopOnSignal {
 public:
  StopOnSignal() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
    watcher_ = std::jthread([this](const std::stop_token& end) { watch(end); });
  }
  ~StopOnSignal() {
    watcher_.request_stop();
    watcher_.join();
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  std::stop_token token() const { return source_.get_token(); }

 private:
  void watch(const std::stop_token& end) {
    const timespec slice{0, 200'000'000};
    while (!end.stop_requested()) {
      if (sigtimedwait(&set_, nullptr, &slice) > 0) source_.request_stop();
    }
  }

  sigset_t set_{}, before_{};
  std::stop_source source_;
  std::jthread watcher_;
};

/// The way to the API server; made only when a target is a selector.
struct KubeAccess {
  KubeAccess(kube::ClientConfig config, const io::Clock& clock, io::Scheduler& scheduler, io::Transport& transport)
      : rest(std::move(config), clock, scheduler, transport) {}
  kube::RestClient rest;
  std::vector<std::shared_ptr<PodEndpoints>> sources;
};

Result<RatePlan> read_plan(const LoadCommand& command) {
  if (command.phases.empty() == command.trace_file.empty()) {
    return Error{ErrorKind::kInvalid, "give either rate phases (20x60s,200x60s) or a trace file"};
  }
  if (!(command.scale > 0.0 && command.scale <= 1e6)) {
    return Error{ErrorKind::kInvalid, text("scale: '", command.scale, "' is not allowed: above 0, at most 1000000")};
  }
  Result<RatePlan> plan = RatePlan{};
  if (!command.phases.empty()) {
    plan = parse_phases(command.phases);
  } else {
    std::ifstream file(command.trace_file);
    if (!file) return Error{ErrorKind::kInvalid, text("trace file '", command.trace_file, "' cannot be read")};
    std::ostringstream content;
    content << file.rdbuf();
    plan = parse_trace(content.str());
  }
  if (!plan) return plan;
  for (Phase& phase : *plan) phase.rate = phase.rate * command.scale;
  const double expected = expected_requests(*plan).value();
  if (expected > static_cast<double>(command.options.max_requests)) {
    return Error{ErrorKind::kInvalid, text("the plan holds ", expected, " requests: at most ",
                                           command.options.max_requests, " are allowed")};
  }
  return plan;
}

/// Waits until all pods have been listed once.
Status await_first_lists(const KubeAccess& access, const io::Clock& clock, const std::stop_token& stop) {
  const auto limit = clock.monotonic() + kFirstListLimit;
  for (const auto& source : access.sources) {
    while (!source->health().synced) {
      const auto error = source->health().error;
      if (stop.stop_requested() || clock.monotonic() > limit) {
        return error.value_or(Error{ErrorKind::kTimeout, "the API server has not listed the pods in time"});
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
  return Ok{};
}

Result<std::vector<LoadTarget>> open_targets(const LoadCommand& command, const std::vector<TargetSpec>& specs,
                                             std::unique_ptr<KubeAccess>& access, const io::Clock& clock,
                                             io::Scheduler& scheduler, io::Transport& transport,
                                             const std::stop_token& stop) {
  std::vector<LoadTarget> targets;
  for (const auto& spec : specs) {
    std::shared_ptr<const EndpointSource> source;
    if (!spec.urls.empty()) {
      source = std::make_shared<FixedEndpoints>(spec.urls);
    } else {
      if (!access) {
        auto config = kube::find_config(command.kubeconfig, "", clock);
        if (!config) return config.error();
        access = std::make_unique<KubeAccess>(std::move(*config), clock, scheduler, transport);
      }
      access->sources.push_back(std::make_shared<PodEndpoints>(access->rest, clock, scheduler, spec.pod_namespace,
                                                               spec.label_selector, spec.port));
      source = access->sources.back();
    }
    targets.push_back({spec.name, std::move(source), command.path});
  }
  if (access) {
    if (auto status = await_first_lists(*access, clock, stop); !status) return status.error();
  }
  return targets;
}

/// The whole window, then each phase if there are few.
std::vector<Report> make_reports(const std::vector<TargetRecords>& results, const RatePlan& plan,
                                 double late_after_ms) {
  std::vector<Report> reports;
  for (const auto& target : results) {
    reports.push_back(summarize(target, Seconds(0), length(plan), late_after_ms));
    if (plan.size() < 2 || plan.size() > kMaxPhasesInReport) continue;
    Seconds from{0.0};
    for (const Phase& phase : plan) {
      reports.push_back(summarize(target, from, from + phase.duration, late_after_ms));
      reports.back().name += text(" [", from.value(), "-", (from + phase.duration).value(), "s]");
      from += phase.duration;
    }
  }
  return reports;
}

Status write_series(const std::string& path, const std::vector<TargetRecords>& results, Seconds duration) {
  std::ofstream file(path);
  bool first = true;
  for (const auto& target : results) write_series_csv(file, target, duration, std::exchange(first, false));
  file.flush();
  if (!file) return Error{ErrorKind::kInvalid, text("series file '", path, "' cannot be written")};
  return Ok{};
}

Result<std::vector<TargetSpec>> read_targets(const LoadCommand& command) {
  if (command.targets.empty()) return Error{ErrorKind::kInvalid, "no target: give at least one"};
  std::vector<TargetSpec> specs;
  for (const auto& written : command.targets) {
    auto spec = parse_target(written);
    if (!spec) return spec.error();
    specs.push_back(std::move(*spec));
  }
  return specs;
}

int fail(std::ostream& err, Exit code, const Error& error) {
  err << "load: " << error.message << std::endl;
  return code;
}

}  // namespace

int run_load_command(const LoadCommand& command, const io::Clock& clock, std::ostream& out, std::ostream& err) {
  const auto specs = read_targets(command);
  if (!specs) return fail(err, kBadInput, specs.error());
  const auto plan = read_plan(command);
  if (!plan) return fail(err, kBadInput, plan.error());
  if (command.output != "table" && command.output != "json") {
    return fail(err, kBadInput,
                {ErrorKind::kInvalid, text("output: '", command.output, "' is not allowed: table or json")});
  }

  StopOnSignal signals;
  io::ThreadScheduler scheduler;
  io::CurlTransport transport({{{"load", {0, kIdleConnections}}}});
  std::unique_ptr<KubeAccess> access;
  const auto targets = open_targets(command, *specs, access, clock, scheduler, transport, signals.token());
  if (!targets) return fail(err, kFailed, targets.error());

  LoadOptions options = command.options;
  options.plan = *plan;
  ProgressPrinter printer(err, isatty(STDERR_FILENO) == 1);
  const auto results =
      run_load(options, *targets, transport, clock, signals.token(), [&](const Progress& p) { printer.show(p); });
  printer.finish();

  const auto reports = make_reports(results, *plan, command.late_after_ms);
  command.output == "json" ? write_json(out, reports) : write_table(out, reports);
  if (!command.series_file.empty()) {
    if (auto status = write_series(command.series_file, results, length(*plan)); !status)
      return fail(err, kFailed, status.error());
  }
  if (!signals.token().stop_requested()) return kDone;
  err << "load: interrupted; the report covers what was sent until then" << std::endl;
  return kFailed;
}

}  // namespace spillway::load
