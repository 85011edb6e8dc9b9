#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/resolve.hpp"
#include "crds/v1alpha1/schedule.hpp"
#include "model/loop/step.hpp"
#include "operator/cli/commands.hpp"
#include "operator/record/decision_json.hpp"
#include "operator/record/history_csv.hpp"
#include "operator/record/observation_json.hpp"

namespace spillway::cli {
namespace {

struct StepArguments {
  std::string policy_file;
  std::string history_file;
  bool timings = false;
};

/// How far ahead of the horizon the calendar is looked up: longer than any start-up lag.
constexpr Seconds kCalendarMargin{3600.0};

/// The line protocol fixes what a policy's queries fix elsewhere: rates are means over the last period and count
/// offered requests, the backlog includes those in service.
Policy as_line_protocol_means(Policy policy) {
  policy.rate_window = policy.control_period;
  policy.arrival_rate_counts_completions = false;
  policy.backlog_includes_in_service = true;
  return policy;
}

/// One policy's controller behind the line protocol. A line that cannot be used changes nothing.
class LineController {
 public:
  LineController(Policy policy, std::vector<v1alpha1::ScheduleEntry> schedule, std::vector<HistoryPoint> history)
      : policy_(std::move(policy)), schedule_(std::move(schedule)), history_(std::move(history)) {}

  struct Answer {
    Seconds t{0.0};
    decide::Decision decision;
    plan::Plan plan;
  };

  Result<Answer> feed(const std::string& line) {
    auto input = record::parse_observation(line);
    if (!input) return input.error();
    const Seconds t = input->t;
    if (last_ && t < *last_) {
      return Error{ErrorKind::kInvalid, "field \"t\": " + std::to_string(t.value()) +
                                            " is not allowed; want at least " + std::to_string(last_->value()) +
                                            ", the time of the line before"};
    }
    Observation& seen = input->observation;
    if (!input->ready_known) seen.ready = std::min(seen.replicas, last_ready_.value_or(seen.replicas));
    if (seen.calendar.empty() && !schedule_.empty()) {
      auto calendar = v1alpha1::calendar_windows(schedule_, t, t + policy_.horizon + kCalendarMargin);
      if (!calendar) return calendar.error();
      seen.calendar = std::move(*calendar);
    }
    if (!memory_) memory_ = loop::Memory::fresh(policy_, history_, t);
    loop::StepResult result = loop::step(seen, std::move(*memory_), policy_, t);
    memory_ = std::move(result.memory);
    last_ = t;
    last_ready_ = seen.ready;
    return Answer{t, std::move(result.decision), std::move(result.trace.plan)};
  }

 private:
  Policy policy_;
  std::vector<v1alpha1::ScheduleEntry> schedule_;
  std::vector<HistoryPoint> history_;
  std::optional<loop::Memory> memory_;
  std::optional<Seconds> last_;
  std::optional<Replicas> last_ready_;
};

Result<std::vector<HistoryPoint>> load_history(const std::string& file) {
  if (file.empty()) return std::vector<HistoryPoint>{};
  std::ifstream in(file);
  if (!in) return Error{ErrorKind::kNotFound, "cannot read the file"};
  return record::read_history_csv(in);
}

Result<LineController> make_controller(const StepArguments& arguments) {
  const auto policy = v1alpha1::load_policy_file(arguments.policy_file);
  if (!policy) return Error{policy.error().kind, arguments.policy_file + ": " + policy.error().message};
  if (const auto calendar = v1alpha1::calendar_windows(policy->spec.schedule, Seconds(0), Seconds(1)); !calendar) {
    return Error{calendar.error().kind, arguments.policy_file + ": " + calendar.error().message};
  }
  auto history = load_history(arguments.history_file);
  if (!history) return Error{history.error().kind, arguments.history_file + ": " + history.error().message};
  return LineController(as_line_protocol_means(v1alpha1::resolve(policy->spec).policy), policy->spec.schedule,
                        std::move(*history));
}

int run_step(const StepArguments& arguments, Context& context) {
  auto controller = make_controller(arguments);
  if (!controller) {
    context.err << "spillway step: " << controller.error().message << "\n";
    return kBadInput;
  }
  for (std::string line; std::getline(context.in, line);) {
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    const auto before = context.clock.monotonic();
    const auto answer = controller->feed(line);
    const Seconds took(std::chrono::duration<double>(context.clock.monotonic() - before).count());
    if (!answer) {
      context.out << record::error_line(answer.error().message);
    } else if (arguments.timings) {
      context.out << record::decision_line(answer->t, answer->decision, answer->plan, took);
    } else {
      context.out << record::decision_line(answer->t, answer->decision, answer->plan);
    }
    context.out << "\n" << std::flush;
  }
  return kSuccess;
}

}  // namespace

void add_step(CLI::App& app, Context& context) {
  CLI::App* command =
      app.add_subcommand("step", "Be the controller: read one observation a line, answer one decision a line.");
  auto arguments = std::make_shared<StepArguments>();
  command
      ->add_option("--policy", arguments->policy_file,
                   "AutoscalerPolicy manifest (YAML or JSON), as kubectl apply takes it")
      ->required()
      ->type_name("FILE");
  command
      ->add_option("--history", arguments->history_file,
                   "demand before the first line: CSV `seconds,rps`, seconds before t = 0 negative")
      ->type_name("CSV");
  command->add_flag("--timings", arguments->timings,
                    "add the wall time of each step (answers are then no longer reproducible)");
  command->footer(
      "Input:  {\"t\": 15.0, \"arrivalRate\": 120.5, \"throughput\": 118.0, \"backlog\": 30, \"readyReplicas\": 4, "
      "\"replicas\": 5,\n"
      "         \"latencyP95\": 0.21}\n"
      "  t in seconds, never decreasing; rates per second over the last period; arrivalRate counts offered requests; "
      "backlog =\n"
      "  waiting + in service; replicas = spec.replicas. t and replicas are required; null, \"NaN\" or absent = "
      "missing.\n"
      "  Unknown fields are ignored, blank lines are skipped.\n"
      "Output: {\"t\", \"replicas\", \"raw\", \"reason\", \"message\", \"trail\", \"plan\"}, or {\"error\": ...} for a "
      "line that is not used.\n"
      "Examples:\n"
      "  spillway step --policy checkout.yaml < observations.jsonl\n"
      "  echo '{\"t\": 0, \"arrivalRate\": 120, \"replicas\": 4, \"readyReplicas\": 4}' | spillway step --policy "
      "checkout.yaml\n"
      "  spillway step --policy checkout.yaml --history lastweek.csv --timings < observations.jsonl");
  command->callback([arguments, &context] { context.exit_code = run_step(*arguments, context); });
}

}  // namespace spillway::cli
