#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <limits>
#include <memory>

#include "bench/lab/run_report.hpp"
#include "operator/cli/commands.hpp"
#include "operator/record/control_log.hpp"

namespace spillway::cli {
namespace {

namespace fs = std::filesystem;

struct ReportArguments {
  std::string source;
  std::string output;
  std::string title;
  std::string policy;
  std::string csv;
};

Status write_text(const fs::path& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  out.close();
  if (!out) return Error{ErrorKind::kTransient, path.string() + ": cannot be written"};
  return Ok{};
}

/// What a record's steps come to, taken in one by one: a day of them with their traces would not fit into memory.
class RecordedCourse {
 public:
  void add(const record::ReplayedStep& step) {
    if (steps_++ == 0) began_ = step.now;
    const double t = (step.now - began_).value(), missing = std::numeric_limits<double>::quiet_NaN();
    const bool known = step.trace.estimate.demand_known && !step.trace.forecast.quantiles.empty();
    push(load_, t, step.observation.arrival_rate.usable() ? *step.observation.arrival_rate.value : missing);
    push(expected_, t, known ? step.trace.forecast.quantiles.front()[forecast::kMedian] : missing);
    push(wanted_, t, step.decision.replicas);
    push(ready_, t, step.observation.ready);
    push(waiting_, t, step.trace.estimate.backlog_known ? step.trace.estimate.backlog.value : missing);
    if (step.decision.replicas != step.observation.replicas) {
      moves_ += std::to_string(static_cast<long>(t)) + " s  " + step.decision.reason + "  " + step.decision.message + "\n";
    }
    rows_ += log_.add(step) + "\n";
  }

  int steps() const { return steps_; }

  bench::ReportData report(const std::string& policy) const {
    bench::ReportData report;
    report.title = "What Spillway decided";
    report.subtitle = "Policy " + policy + ", " + std::to_string(steps_) + " decisions of a record, played again through the control law";
    report.plots = {{"Load", "requests/s", {load_, expected_}}, {"Replicas", "replicas", {wanted_, ready_}}, {"Backlog", "requests waiting", {waiting_}}};
    report.texts.push_back({"Moves and why", moves_.empty() ? "none" : moves_});
    return report;
  }

  Status write_csv(const fs::path& folder) const {
    std::error_code ignored;  // a folder that is not there makes the files fail
    fs::create_directories(folder, ignored);
    if (const Status written = write_text(folder / "control-log.csv", record::ControlLog::header() + "\n" + rows_); !written) return written;
    return write_text(folder / "control-summary.csv", log_.summary_csv());
  }

 private:
  static void push(bench::Series& series, double time, double value) {
    series.time.push_back(time);
    series.value.push_back(value);
  }

  bench::Series load_{"observed", {}, {}, bench::Stroke::kArea, 0}, expected_{"expected, median", {}, {}, bench::Stroke::kLine, 1};
  bench::Series wanted_{"decided", {}, {}, bench::Stroke::kStep, 0}, ready_{"ready", {}, {}, bench::Stroke::kStep, 1};
  bench::Series waiting_{"waiting", {}, {}, bench::Stroke::kLine, 0};
  record::ControlLog log_;
  std::string rows_, moves_;
  Seconds began_{0.0};
  int steps_ = 0;
};

/// Plays one policy's steps of a decision record again: the named policy's, or those of the first one found, which `policy` then names.
Result<RecordedCourse> read_record(const std::string& file, std::string& policy) {
  std::ifstream in(file);
  if (!in) return Error{ErrorKind::kNotFound, file + ": cannot read the file"};
  record::Replayer replayer;
  RecordedCourse course;
  int number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.empty()) continue;
    const auto answer = replayer.feed(line);
    if (!answer) return Error{ErrorKind::kInvalid, file + " line " + std::to_string(number) + ": " + answer.error().message};
    if (!answer->step) continue;
    if (policy.empty()) policy = answer->key;
    if (answer->key == policy) course.add(*answer->step);
  }
  if (course.steps() > 0) return course;
  return Error{ErrorKind::kInvalid, file + ": no decision" + (policy.empty() ? "" : " of policy " + policy) + " that could be replayed"};
}

Result<bench::ReportData> read_source(const ReportArguments& arguments, Context& context) {
  if (fs::is_directory(arguments.source)) {
    if (arguments.csv.empty() && arguments.policy.empty()) return bench::read_run(arguments.source, "Spillway beside the Kubernetes HPA");
    return Error{ErrorKind::kInvalid, arguments.source + " is a run's folder; --csv and --policy want a decision record"};
  }
  std::string policy = arguments.policy;
  const auto course = read_record(arguments.source, policy);
  if (!course) return course.error();
  if (!arguments.csv.empty()) {
    if (const Status written = course->write_csv(arguments.csv); !written) return written.error();
    context.err << "wrote control-log.csv and control-summary.csv to " << arguments.csv << "\n";
  }
  return course->report(policy);
}

std::string default_output(const std::string& source) { return fs::is_directory(source) ? source + "/report.html" : "report.html"; }

int run_report(const ReportArguments& arguments, Context& context) {
  Result<bench::ReportData> report = read_source(arguments, context);
  if (!report) {
    context.err << "spillway report: " << report.error().message << "\n";
    return report.error().kind == ErrorKind::kTransient ? kFailure : kBadInput;
  }
  if (!arguments.title.empty()) report->title = arguments.title;
  const std::string output = arguments.output.empty() ? default_output(arguments.source) : arguments.output;
  if (const Status written = bench::write_report(output, *report); !written) {
    context.err << "spillway report: " << written.error().message << "\n";
    return kFailure;
  }
  context.err << "wrote " << output << "\n";
  return kSuccess;
}

}  // namespace

void add_report(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("report", "Make a self-contained HTML report of a run's folder or of a decision record");
  auto arguments = std::make_shared<ReportArguments>();
  command->add_option("source", arguments->source, "folder with summary.csv, load.csv, replicas.csv, backlog.csv, *.txt; or a decision record (JSON Lines)")
      ->required()
      ->type_name("FOLDER|RECORD");
  command->add_option("-o,--output", arguments->output, "the page to write; default FOLDER/report.html, for a record ./report.html");
  command->add_option("--csv", arguments->csv, "of a record: also write control-log.csv (the MPC laboratory's 24 columns and ours) and control-summary.csv to this folder")
      ->type_name("DIR");
  command->add_option("--policy", arguments->policy, "of a record with several policies: the one to report, default the first")->type_name("NAMESPACE/NAME");
  command->add_option("--title", arguments->title, "the page's title");
  command->footer(
      "Examples:\n"
      "  spillway report out/demo --output report.html\n"
      "  spillway report decisions.jsonl --policy shop/checkout --csv out/checkout");
  command->callback([arguments, &context] { context.exit_code = run_report(*arguments, context); });
}

}  // namespace spillway::cli
