#include <CLI/CLI.hpp>
#include <fstream>
#include <memory>

#include "bench/lab/plot.hpp"
#include "bench/lab/shapes.hpp"
#include "bench/lab/trace_io.hpp"
#include "operator/cli/commands.hpp"

namespace spillway::cli {
namespace {

struct TraceArguments {
  bench::ShapeRequest shape;
  std::string input, output;
  double dt = 15.0;
};

int refuse(const Error& error, Context& context, int code = kBadInput) {
  context.err << "spillway trace: " << error.message << "\n";
  return code;
}

int write(const bench::Trace& trace, const std::string& path, Context& context) {
  if (path.empty()) {
    bench::write_trace(context.out, trace);
    return kSuccess;
  }
  std::ofstream file(path);
  bench::write_trace(file, trace);
  file.flush();
  if (!file) return refuse({ErrorKind::kInvalid, path + ": cannot be written"}, context);
  context.out << path << ": " << trace.size() << " rows\n";
  return kSuccess;
}

int generate(const TraceArguments& arguments, Context& context) {
  const auto trace = bench::generate(arguments.shape);
  return trace ? write(*trace, arguments.output, context) : refuse(trace.error(), context);
}

// The one command whose "no" is an answer and not a mistake: exit code 1, as users of the format expect.
int validate(const TraceArguments& arguments, Context& context) {
  const auto trace = bench::load_trace(arguments.input);
  if (!trace) return refuse(trace.error(), context, trace.error().kind == ErrorKind::kNotFound ? kBadInput : kFailure);
  context.out << arguments.input << ": valid, " << trace->size() << " rows\n";
  return kSuccess;
}

int build(const TraceArguments& arguments, Context& context) {
  std::ifstream phases(arguments.input);
  if (!phases) return refuse({ErrorKind::kNotFound, arguments.input + ": cannot be opened"}, context);
  const auto trace = bench::build_trace(phases, arguments.dt);
  return trace ? write(*trace, arguments.output, context) : refuse(trace.error(), context);
}

int describe(const TraceArguments& arguments, Context& context) {
  const auto trace = bench::load_trace(arguments.input);
  if (!trace) return refuse(trace.error(), context);
  const auto facts = bench::describe(*trace);
  const auto line = [&](const char* name, double value, const char* unit) {
    context.out << name << bench::short_number(value) << unit << "\n";
  };
  line("rows            ", static_cast<double>(facts.rows), "");
  line("duration        ", facts.duration, " s");
  line("requests        ", facts.requests, "");
  line("rate min        ", facts.min, " requests/s");
  line("rate mean       ", facts.mean, " requests/s");
  line("rate max        ", facts.max, " requests/s");
  line("rate deviation  ", facts.stddev, " requests/s");
  line("largest rise    ", facts.largest_rise, " requests/s from one row to the next");
  line("mean change     ", 100.0 * facts.mean_change, " % of the mean from one row to the next");
  return kSuccess;
}

std::string names_of_shapes() {
  std::string text = "Shapes:";
  for (const auto& [name, what] : bench::shape_names()) text += "\n  " + std::string(name) + ": " + what;
  return text;
}

}  // namespace

void add_trace(CLI::App& app, Context& context) {
  CLI::App* trace = app.add_subcommand(
      "trace", "Make and check demand traces (CSV step,timestamp_s,rps[,phase_idx] or seconds,rps).");
  trace->require_subcommand(1);
  auto arguments = std::make_shared<TraceArguments>();
  const auto add = [&](const char* name, const char* what, int (*action)(const TraceArguments&, Context&)) {
    CLI::App* command = trace->add_subcommand(name, what);
    command->callback([arguments, action, &context] { context.exit_code = action(*arguments, context); });
    return command;
  };
  CLI::App* make = add("generate", "Write a trace of a named shape.", generate);
  make->add_option("shape", arguments->shape.shape, "name of the shape")->capture_default_str();
  make->add_option("--base", arguments->shape.base, "requests/s of the quiet part")->capture_default_str();
  make->add_option("--peak", arguments->shape.peak, "requests/s of the peak")->capture_default_str();
  make->add_option("--dt", arguments->shape.dt, "seconds per row")->capture_default_str()->check(CLI::PositiveNumber);
  make->add_option("--duration", arguments->shape.duration, "seconds; 0 = the shape's own")->capture_default_str();
  make->add_option("--seed", arguments->shape.seed, "of the shapes with noise")->capture_default_str();
  make->add_option("--out", arguments->output, "file; without it, standard output")->type_name("CSV");
  make->footer(names_of_shapes() + "\nExample:\n  spillway trace generate spike --base 20 --peak 200 --out spike.csv");

  CLI::App* check =
      add("validate", "Check a trace; prints one `row N: ...` per fault and ends with 1 if there is any.", validate);
  check->add_option("file", arguments->input, "the trace")->required()->type_name("CSV");

  CLI::App* compose =
      add("build", "Build a trace from phases, CSV phase_idx,duration,rate_rps (durations in s, m or h).", build);
  compose->add_option("phases", arguments->input, "the phases")->required()->type_name("CSV");
  compose->add_option("--dt", arguments->dt, "seconds per row")->capture_default_str()->check(CLI::PositiveNumber);
  compose->add_option("--out", arguments->output, "file; without it, standard output")->type_name("CSV");

  CLI::App* facts = add("describe", "Print what a trace is like.", describe);
  facts->add_option("file", arguments->input, "the trace")->required()->type_name("CSV");
}

}  // namespace spillway::cli
