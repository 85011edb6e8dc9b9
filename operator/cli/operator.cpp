#include <malloc.h>
#include <pthread.h>
#include <signal.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "operator/cli/commands.hpp"
#include "operator/cli/operator_process.hpp"
#include "operator/config/load.hpp"
#include "operator/config/option_table.hpp"
#include "operator/telemetry/log.hpp"

namespace spillway::cli {
namespace {

struct OperatorArguments {
  std::string config_file;
  std::map<std::string, std::string> flags;  ///< by option key, only those given
  bool print_reference = false;
};

Result<config::OperatorConfig> load(const OperatorArguments& arguments) {
  config::Sources sources;
  sources.environment = config::process_environment();
  sources.flags = arguments.flags;
  if (!arguments.config_file.empty()) {
    sources.file = arguments.config_file;
  } else if (const auto named = sources.environment.find("SPILLWAY_CONFIG"); named != sources.environment.end()) {
    sources.file = named->second;
  }
  sources.environment.erase("SPILLWAY_CONFIG");
  return config::load_config(sources);
}

void configure_log(const config::OperatorConfig::Log& log) {
  using telemetry::LogLevel;
  const std::map<std::string, LogLevel> levels = {
      {"debug", LogLevel::kDebug}, {"info", LogLevel::kInfo}, {"warn", LogLevel::kWarn}, {"error", LogLevel::kError}};
  telemetry::configure_logging(
      {levels.at(log.level), log.format == "text" ? telemetry::LogFormat::kText : telemetry::LogFormat::kJson, {}});
}

/// Calls `act` once when SIGTERM or SIGINT arrives. Made before any other thread, so that all of them block the
/// signals.
class TerminationSignal {
 public:
  TerminationSignal() {
    sigemptyset(&signals_);
    for (const int signal : {SIGTERM, SIGINT, SIGUSR1}) sigaddset(&signals_, signal);
    pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  }
  ~TerminationSignal() {
    if (!waiter_.joinable()) return;
    pthread_kill(waiter_.native_handle(), SIGUSR1);  // wakes it up if nothing came
    waiter_.join();
  }
  void on_arrival(std::function<void()> act) {
    waiter_ = std::thread([this, act = std::move(act)] {
      int signal = 0;
      sigwait(&signals_, &signal);
      if (signal != SIGUSR1) act();
    });
  }

 private:
  sigset_t signals_{};
  std::thread waiter_;
};

int run_operator(const OperatorArguments& arguments, Context& context) {
  if (arguments.print_reference) {
    context.out << config::reference_markdown();
    return kSuccess;
  }
  // Few arenas: the memory of many short-lived JSON objects goes back instead of staying with each thread.
  mallopt(M_ARENA_MAX, 2);
  const auto config = load(arguments);
  if (!config) {
    context.err << "spillway operator: " << config.error().message << "\n";
    return kBadInput;
  }
  configure_log(config->log);
  TerminationSignal termination;
  auto process = OperatorProcess::assemble(*config, context.clock);
  if (!process) {
    context.err << "spillway operator: " << process.error().message << "\n";
    return kBadInput;
  }
  termination.on_arrival([&] {
    telemetry::log_info("stopping");
    (*process)->stop();
  });
  (*process)->run();
  return kSuccess;
}

}  // namespace

void add_operator(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("operator", "Run the controllers against a Kubernetes API server.");
  auto arguments = std::make_shared<OperatorArguments>();
  command->add_option("--config", arguments->config_file, "YAML file with the settings below; also $SPILLWAY_CONFIG")
      ->type_name("FILE");
  command->add_flag("--print-reference", arguments->print_reference,
                    "print the reference of all settings (Markdown) and exit");
  for (const config::Option& option : config::options()) {
    command
        ->add_option_function<std::string>(
            option.flag(),
            [arguments, key = std::string(option.key)](const std::string& value) { arguments->flags[key] = value; },
            std::string(option.help) + " (" + option.allowed + ")")
        ->type_name("")
        ->default_str(option.get({}));
  }
  command->footer(
      "Settings come from the file, then flags, then the environment (SPILLWAY_*); the later wins. An unknown key is "
      "an error.\n"
      "Examples:\n"
      "  spillway operator                                    # in a pod, by its service account\n"
      "  spillway operator --kubeconfig ~/.kube/config --prometheus-address http://127.0.0.1:9090 --log-format text\n"
      "  spillway operator --config operator.yaml --leader-election-enabled false");
  command->callback([arguments, &context] { context.exit_code = run_operator(*arguments, context); });
}

}  // namespace spillway::cli
