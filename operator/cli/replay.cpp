#include <CLI/CLI.hpp>
#include <fstream>
#include <map>
#include <memory>

#include "operator/cli/commands.hpp"
#include "operator/record/decision_record.hpp"

namespace spillway::cli {
namespace {

struct ReplayArguments {
  std::vector<std::string> files;
  int show = 3;
};

struct Tally {
  std::size_t same = 0;
  std::size_t different = 0;
  std::size_t skipped = 0;
};

class ReplayRun {
 public:
  ReplayRun(int show, Context& context) : show_(show), context_(context) {}

  bool read(const std::string& file) {
    if (file == "-") return read(context_.in, "standard input");
    std::ifstream in(file);
    if (in) return read(in, file);
    context_.err << "spillway replay: " << file << ": cannot read the file\n";
    return false;
  }

  /// Prints one row per policy and says how it ended.
  int finish() const {
    std::size_t compared = 0, different = 0;
    for (const auto& [key, tally] : tallies_) {
      context_.out << key << ": " << tally.same + tally.different << " decisions replayed, " << tally.different
                   << " different";
      if (tally.skipped > 0) context_.out << ", " << tally.skipped << " skipped (their start is not in the record)";
      context_.out << "\n";
      compared += tally.same + tally.different;
      different += tally.different;
    }
    if (compared == 0) {
      context_.err << "spillway replay: no decision could be replayed\n";
      return kFailure;
    }
    return different == 0 ? kSuccess : kFailure;
  }

 private:
  bool read(std::istream& in, const std::string& name) {
    bool valid = true;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
      ++number;
      if (line.empty()) continue;
      const auto answer = replayer_.feed(line);
      if (answer) {
        count(*answer, name, number);
        continue;
      }
      context_.err << "spillway replay: " << name << " line " << number << ": " << answer.error().message << "\n";
      valid = false;
    }
    return valid;
  }

  void count(const record::Replayer::Answer& answer, const std::string& name, int line) {
    using Outcome = record::Replayer::Outcome;
    if (answer.outcome == Outcome::kStarted) return;
    Tally& tally = tallies_[answer.key];
    if (answer.outcome == Outcome::kSame) ++tally.same;
    if (answer.outcome == Outcome::kSkipped) ++tally.skipped;
    if (answer.outcome != Outcome::kDifferent) return;
    ++tally.different;
    if (shown_++ < show_) {
      context_.out << name << " line " << line << " (" << answer.key << ") differs\n  recorded: " << answer.recorded
                   << "\n  replayed: " << answer.replayed << "\n";
    }
  }

  int show_;
  Context& context_;
  record::Replayer replayer_;
  std::map<std::string, Tally> tallies_;
  int shown_ = 0;
};

int run_replay(const ReplayArguments& arguments, Context& context) {
  ReplayRun replay(arguments.show, context);
  bool valid = true;
  for (const std::string& file : arguments.files) valid = replay.read(file) && valid;
  const int outcome = replay.finish();
  return valid ? outcome : kBadInput;
}

}  // namespace

void add_replay(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand(
      "replay", "Replay a decision record through the control law and compare every decision exactly.");
  auto arguments = std::make_shared<ReplayArguments>();
  command
      ->add_option("files", arguments->files,
                   "decision records, oldest first when the log was rotated; - = standard input")
      ->required()
      ->type_name("FILE");
  command->add_option("--show", arguments->show, "how many differences to print")->capture_default_str();
  command->footer(
      "The operator writes a record when decisionLog.path is set. Exit code 1 when a decision differs.\n"
      "Examples:\n"
      "  spillway replay decisions.jsonl\n"
      "  spillway replay decisions.jsonl.2 decisions.jsonl.1 decisions.jsonl");
  command->callback([arguments, &context] { context.exit_code = run_replay(*arguments, context); });
}

}  // namespace spillway::cli
