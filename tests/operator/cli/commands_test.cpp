#include "operator/cli/commands.hpp"

#include "operator/config/option_table.hpp"
#include "operator/record/decision_record.hpp"
#include "operator/telemetry/redact.hpp"

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

namespace spillway::cli {
namespace {

using nlohmann::json;
using testing::HasSubstr;

struct Ended {
  int exit_code = 0;
  std::string out;
  std::string err;
  std::vector<json> lines() const {
    std::vector<json> parsed;
    std::istringstream in(out);
    for (std::string line; std::getline(in, line);) parsed.push_back(json::parse(line));
    return parsed;
  }
};

/// Runs a whole command in memory.
Ended run_command(std::vector<const char*> arguments, const std::string& input = {}) {
  arguments.insert(arguments.begin(), "spillway");
  const io::SystemClock clock;
  std::istringstream in(input);
  std::ostringstream out, err;
  Context context{clock, in, out, err};
  const int exit_code = run(static_cast<int>(arguments.size()), arguments.data(), context);
  return {exit_code, out.str(), err.str()};
}

std::string write_file(const std::string& name, const std::string& text) {
  const std::string path = testing::TempDir() + name;
  std::ofstream(path) << text;
  return path;
}

std::string policy_file(const std::string& more = {}) {
  return write_file("policy.yaml", R"(
apiVersion: autoscaling.spillway.dev/v1alpha1
kind: AutoscalerPolicy
metadata: {name: checkout, namespace: shop}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: checkout}
  minReplicas: 2
  maxReplicas: 60
  metrics:
    prometheus: {address: "http://127.0.0.1:9090"}
    arrivalRate: {query: up}
  capacity: {requestsPerSecondPerReplica: "25", concurrencyPerReplica: 1, startupSeconds: 30}
)" + more);
}

std::string growing_input() {
  std::string input;
  for (int i = 0; i < 20; ++i) {
    input += R"({"t": )" + std::to_string(15 * i) + R"(, "arrivalRate": )" + std::to_string(40 + 10 * i) +
             R"(, "backlog": 3, "readyReplicas": 4, "replicas": 4})" + "\n";
  }
  return input;
}

TEST(Step, answers_one_decision_a_line) {
  const std::string file = policy_file();
  const Ended ended = run_command({"step", "--policy", file.c_str()}, growing_input());
  EXPECT_EQ(ended.exit_code, kSuccess) << ended.err;
  const auto lines = ended.lines();
  ASSERT_EQ(lines.size(), 20u);
  for (const char* field : {"t", "replicas", "raw", "reason", "message", "trail", "plan"})
    EXPECT_TRUE(lines[0].contains(field)) << field;
  EXPECT_FALSE(lines[0].contains("timings"));
  EXPECT_GT(lines.back()["replicas"], 4);
}

TEST(Step, gives_the_same_answers_each_time) {
  const std::string file = policy_file();
  EXPECT_EQ(run_command({"step", "--policy", file.c_str()}, growing_input()).out,
            run_command({"step", "--policy", file.c_str()}, growing_input()).out);
}

TEST(Step, changes_nothing_for_a_line_that_it_cannot_use) {
  const std::string file = policy_file();
  std::string spoiled;
  std::istringstream lines(growing_input());
  for (std::string line; std::getline(lines, line);) {
    spoiled += line + "\n" + R"({"t": -5, "replicas": 4})" + "\nnonsense\n" + R"({"t": 900000, "replicas": -4})" + "\n";
  }
  std::string kept;
  std::istringstream answers(run_command({"step", "--policy", file.c_str()}, spoiled).out);
  int errors = 0;
  for (std::string line; std::getline(answers, line);) {
    if (line.find("\"error\"") == 1)
      ++errors;
    else
      kept += line + "\n";
  }
  // The first "t": -5 comes after t = 0.
  EXPECT_EQ(errors, 60);
  EXPECT_EQ(kept, run_command({"step", "--policy", file.c_str()}, growing_input()).out);
}

TEST(Step, never_shrinks_while_the_arrival_rate_is_missing) {
  const std::string file = policy_file();
  std::string input;
  for (int i = 0; i < 40; ++i) {
    const char* rate = i < 30 ? "200" : i % 3 == 0 ? "null" : i % 3 == 1 ? "\"NaN\"" : "-1";
    input += R"({"t": )" + std::to_string(15 * i) + R"(, "arrivalRate": )" + rate +
             R"(, "readyReplicas": 12, "replicas": 12})" + "\n";
  }
  const auto lines = run_command({"step", "--policy", file.c_str()}, input).lines();
  ASSERT_EQ(lines.size(), 40u);
  for (int i = 30; i < 40; ++i)
    EXPECT_GE(lines[static_cast<std::size_t>(i)]["replicas"], 12) << lines[static_cast<std::size_t>(i)].dump();
}

TEST(Step, adds_timings_only_when_asked) {
  const std::string file = policy_file();
  const auto lines = run_command({"step", "--policy", file.c_str(), "--timings"}, growing_input()).lines();
  EXPECT_GT(lines.at(0).at("timings").at("stepSeconds"), 0.0);
}

TEST(Step, follows_the_calendar_of_the_policy) {
  const std::string file =
      policy_file("  schedule:\n    - {name: always, cron: \"* * * * *\", durationSeconds: 120, minReplicas: 45}\n");
  const auto lines = run_command({"step", "--policy", file.c_str()},
                                 R"({"t": 600, "arrivalRate": 10, "replicas": 2, "readyReplicas": 2})")
                         .lines();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0]["replicas"], 45) << lines[0].dump();
}

TEST(Step, plans_with_the_history_that_it_is_given) {
  const std::string file = policy_file();
  std::string csv = "seconds,rps\n";
  for (int i = 200; i > 0; --i) csv += std::to_string(-15 * i) + (i % 20 == 0 ? ",400\n" : ",40\n");
  const std::string history = write_file("history.csv", csv);
  const std::string now = R"({"t": 0, "arrivalRate": 40, "replicas": 3, "readyReplicas": 3})";
  const Ended calm = run_command({"step", "--policy", file.c_str()}, now);
  const Ended warned = run_command({"step", "--policy", file.c_str(), "--history", history.c_str()}, now);
  ASSERT_EQ(warned.exit_code, kSuccess) << warned.err;
  EXPECT_NE(calm.out, warned.out);
}

TEST(Step, names_the_row_of_a_broken_history) {
  const std::string file = policy_file(), history = write_file("broken.csv", "seconds,rps\n-15,x\n");
  const Ended ended = run_command({"step", "--policy", file.c_str(), "--history", history.c_str()});
  EXPECT_EQ(ended.exit_code, kBadInput);
  EXPECT_THAT(ended.err, testing::AllOf(HasSubstr("broken.csv"), HasSubstr("row 2")));
}

TEST(Step, names_what_is_wrong_with_a_file) {
  const Ended missing = run_command({"step", "--policy", "/nonexistent.yaml"});
  EXPECT_EQ(missing.exit_code, kBadInput);
  EXPECT_THAT(missing.err, HasSubstr("/nonexistent.yaml"));
  const std::string broken = write_file(
      "broken.yaml", "apiVersion: autoscaling.spillway.dev/v1alpha1\nkind: AutoscalerPolicy\nspec: {maxReplica: 3}\n");
  const Ended invalid = run_command({"step", "--policy", broken.c_str()});
  EXPECT_EQ(invalid.exit_code, kBadInput);
  EXPECT_THAT(invalid.err, HasSubstr("maxReplica"));
}

TEST(Replay, fails_on_a_record_that_cannot_be_read) {
  const std::string file = write_file("broken.jsonl", "{\"key\": \"a\", \"sta\n");
  const Ended ended = run_command({"replay", file.c_str()});
  EXPECT_EQ(ended.exit_code, kBadInput);
  EXPECT_THAT(ended.err, HasSubstr("line 1"));
}

TEST(Report, makes_a_page_and_the_control_log_of_a_decision_record) {
  const Policy policy;
  loop::Memory memory = loop::Memory::fresh(policy, {}, Seconds(0));
  std::string lines = record::start_line("shop/web", policy, {}, Seconds(0)) + "\n";
  for (int i = 1; i <= 3; ++i) {
    Observation seen;
    seen.arrival_rate = Reading::of(40.0, Seconds(15.0 * i));
    seen.replicas = seen.ready = 2;
    loop::StepResult result = loop::step(seen, std::move(memory), policy, Seconds(15.0 * i));
    lines += record::step_line("shop/web", Seconds(15.0 * i), seen, result.decision, result.trace.plan) + "\n";
    memory = std::move(result.memory);
  }
  const std::string file = write_file("decisions.jsonl", lines), folder = testing::TempDir() + "control", page = testing::TempDir() + "page.html";
  const Ended ended = run_command({"report", file.c_str(), "--csv", folder.c_str(), "--output", page.c_str()});
  EXPECT_EQ(ended.exit_code, 0) << ended.err;
  const auto lines_in = [](const std::string& path) {
    std::ifstream in(path);
    int count = 0;
    for (std::string line; std::getline(in, line);) ++count;
    return count;
  };
  EXPECT_EQ(lines_in(folder + "/control-log.csv"), 4);
  EXPECT_GT(lines_in(folder + "/control-summary.csv"), 8);
  EXPECT_GT(lines_in(page), 10);
}

TEST(Report, names_a_policy_that_the_record_does_not_have) {
  const std::string file = write_file("other.jsonl", record::start_line("shop/web", Policy{}, {}, Seconds(0)) + "\n");
  const Ended ended = run_command({"report", file.c_str(), "--policy", "shop/none"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("shop/none"));
}

TEST(Tune, ranks_settings_by_what_they_cost_and_writes_the_best_as_a_policy) {
  const std::string file = policy_file(), best = testing::TempDir() + "best.yaml";
  const Ended ended = run_command({"tune", "--policy", file.c_str(), "--phases", "20x60s,80x120s", "--targets", "60,90", "--late-prices", "1", "--cooldowns", "60",
                                   "--seeds", "1", "--output", "csv", "--write", best.c_str()});
  ASSERT_EQ(ended.exit_code, 0) << ended.err;
  EXPECT_THAT(ended.out, HasSubstr("as given"));
  std::vector<double> costs;
  std::istringstream rows(ended.out);
  std::string line;
  std::getline(rows, line);
  while (std::getline(rows, line)) costs.push_back(std::stod(line.substr(line.rfind(',') + 1)));
  EXPECT_EQ(costs.size(), 3u);
  EXPECT_TRUE(std::is_sorted(costs.begin(), costs.end()));
  const Ended again = run_command({"tune", "--policy", best.c_str(), "--phases", "20x60s", "--targets", "80", "--late-prices", "1", "--cooldowns", "60", "--seeds", "1"});
  EXPECT_EQ(again.exit_code, 0) << "the written policy is valid: " << again.err;
}

TEST(Tune, names_a_policy_file_that_is_missing) {
  const Ended ended = run_command({"tune", "--policy", "/nonexistent.yaml"});
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.err, HasSubstr("/nonexistent.yaml"));
}

TEST(Commands, explain_themselves_with_examples) {
  EXPECT_THAT(run_command({"--help"}).out, HasSubstr("Exit codes"));
  for (const char* command : {"operator", "step", "replay", "workload", "load", "version"}) {
    const Ended ended = run_command({command, "--help"});
    EXPECT_EQ(ended.exit_code, kSuccess);
    EXPECT_THAT(ended.out, HasSubstr("Example")) << command;
  }
}

TEST(Commands, refuse_unknown_flags_with_the_code_for_bad_input) {
  EXPECT_EQ(run_command({"step", "--polcy", "x"}).exit_code, kBadInput);
  EXPECT_EQ(run_command({"sleep"}).exit_code, kBadInput);
  EXPECT_EQ(run_command({}).exit_code, kBadInput);
}

TEST(Operator, names_a_setting_that_is_not_allowed) {
  const Ended ended = run_command({"operator", "--workers", "many"});
  EXPECT_EQ(ended.exit_code, kBadInput);
  EXPECT_THAT(ended.err, testing::AllOf(HasSubstr("workers"), HasSubstr("many")));
}

TEST(Operator, takes_no_secret_as_the_value_of_a_setting) {
  for (const config::Option& option : config::options()) EXPECT_FALSE(telemetry::is_secret_name(option.key)) << option.key;
}

TEST(WhatIfCommand, saysWhatIsWrongBeforeItAsksAnybody) {
  const Ended nothing = run_command({"what-if", "checkout", "-n", "shop"});
  EXPECT_EQ(nothing.exit_code, kBadInput);
  EXPECT_THAT(nothing.err, HasSubstr("--set FIELD=VALUE"));
  const Ended crooked = run_command({"what-if", "checkout", "-n", "shop", "--set", "maxReplicas"});
  EXPECT_EQ(crooked.exit_code, kBadInput);
  EXPECT_THAT(crooked.err, HasSubstr("want FIELD=VALUE"));
  const Ended clash = run_command({"what-if", "checkout", "-n", "shop", "--set", "objective=3", "--set", "objective.latePenalty=4"});
  EXPECT_EQ(clash.exit_code, kBadInput);
  const Ended list = run_command({"what-if", "checkout", "-n", "shop", "--candidate", "-"}, "- 1");
  EXPECT_EQ(list.exit_code, kBadInput);
  EXPECT_THAT(list.err, HasSubstr("fields of spec that differ"));
}

TEST(WhatIfCommand, saysThatTheOperatorCannotBeReached) {
  const Ended ended = run_command({"what-if", "checkout", "-n", "shop", "--set", "maxReplicas=20", "--operator", "http://127.0.0.1:1"});
  EXPECT_EQ(ended.exit_code, kFailure);
  EXPECT_THAT(ended.err, HasSubstr("port-forward"));
}

}  // namespace
}  // namespace spillway::cli
