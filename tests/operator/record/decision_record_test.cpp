#include "operator/record/decision_record.hpp"

#include <fstream>
#include <sstream>

#include "model/loop/memory.hpp"
#include "operator/record/control_log.hpp"
#include "operator/record/history_csv.hpp"
#include "operator/record/record_file.hpp"

namespace spillway::record {
namespace {

using testing::HasSubstr;
using Outcome = Replayer::Outcome;

Policy policy() {
  Policy policy;
  policy.control_period = Seconds(15.0 / 7.0);  // a number that needs all its digits
  policy.max_replicas = 30;
  policy.capacity = 25.1;
  policy.startup = Seconds(12.3);
  return policy;
}

std::vector<HistoryPoint> history() {
  std::vector<HistoryPoint> points;
  for (int i = 100; i > 0; --i) points.push_back({Seconds(1000.0 - i * 15.0 / 7.0), 40.0 + i / 3.0});
  return points;
}

Observation seen_at(int i, Seconds t) {
  Observation seen;
  seen.arrival_rate =
      i % 7 == 3 ? Reading::missing(Absence::kTimeout, "no answer") : Reading::of(50.0 + 31.7 * i, t - Seconds(0.1));
  seen.backlog = Reading::of(i * 1.1, t);
  seen.replicas = 3 + i / 4;
  seen.ready = 3 + i / 5;
  seen.pending =
      std::vector<PendingPod>(static_cast<std::size_t>(seen.replicas - seen.ready), PendingPod{Seconds(1.7), true});
  return seen;
}

/// A record as the operator writes it: start, steps, an edit in the middle.
std::vector<std::string> record_of(const std::string& key, int steps) {
  std::vector<std::string> lines{start_line(key, policy(), history(), Seconds(1000.0))};
  Policy edited = policy();
  loop::Memory memory = loop::Memory::fresh(edited, history(), Seconds(1000.0));
  for (int i = 0; i < steps; ++i) {
    if (i == steps / 2) {
      edited.target_utilization = 0.65;
      lines.push_back(policy_line(key, edited));
    }
    const Seconds now = Seconds(1000.0) + i * edited.control_period;
    const Observation seen = seen_at(i % 97, now);
    loop::StepResult result = loop::step(seen, std::move(memory), edited, now);
    lines.push_back(step_line(key, now, seen, result.decision, result.trace.plan));
    memory = std::move(result.memory);
  }
  return lines;
}

TEST(Replayer, reproduces_every_decision_of_a_record_exactly) {
  Replayer replayer;
  int same = 0;
  for (const std::string& line : record_of("shop/checkout", 30)) {
    const auto answer = replayer.feed(line);
    ASSERT_TRUE(answer) << answer.error().message;
    ASSERT_NE(answer->outcome, Outcome::kDifferent) << answer->recorded << "\n" << answer->replayed;
    same += answer->outcome == Outcome::kSame;
  }
  EXPECT_EQ(same, 30);
}

TEST(Replayer, reproduces_every_decision_of_a_day) {
  constexpr int kDay = 5760;  // periods of 15 s
  Replayer replayer;
  int same = 0;
  for (const std::string& line : record_of("shop/checkout", kDay)) {
    const auto answer = replayer.feed(line);
    ASSERT_TRUE(answer) << answer.error().message;
    same += answer->outcome == Outcome::kSame;
  }
  EXPECT_EQ(same, kDay);
}

TEST(Replayer, notices_a_decision_that_was_tampered_with) {
  std::vector<std::string> lines = record_of("shop/checkout", 3);
  const std::size_t at = lines[1].rfind("\"replicas\":");
  ASSERT_NE(at, std::string::npos);
  lines[1].insert(at + 11, "1");
  Replayer replayer;
  ASSERT_TRUE(replayer.feed(lines[0]));
  const auto answer = replayer.feed(lines[1]);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->outcome, Outcome::kDifferent);
}

TEST(Replayer, repeats_the_solves_that_wall_time_cut_short) {
  const Policy rules = policy();
  const auto plan_of = [&](std::vector<int> cut) {
    loop::Memory memory = loop::Memory::fresh(rules, history(), Seconds(1000.0));
    memory.contents().time_limited = std::move(cut);
    return loop::step(seen_at(5, Seconds(1000.0)), std::move(memory), rules, Seconds(1000.0));
  };
  const loop::StepResult usual = plan_of({}), cut = plan_of({0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11});
  ASSERT_EQ(usual.trace.plan.quality, plan::PlanQuality::kExact);
  ASSERT_EQ(cut.trace.plan.quality, plan::PlanQuality::kRule) << "no solve was left";
  Replayer replayer;
  ASSERT_TRUE(replayer.feed(start_line("shop/slow", rules, history(), Seconds(1000.0))));
  const std::string line = step_line("shop/slow", Seconds(1000.0), seen_at(5, Seconds(1000.0)), cut.decision, cut.trace.plan);
  ASSERT_THAT(line, HasSubstr("timeLimited"));
  const auto answer = replayer.feed(line);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->outcome, Outcome::kSame) << answer->recorded << "\n" << answer->replayed;
}

TEST(Replayer, keeps_the_courses_of_several_policies_apart) {
  const auto first = record_of("shop/a", 10), second = record_of("shop/b", 10);
  Replayer replayer;
  for (std::size_t i = 0; i < first.size(); ++i) {
    for (const std::string& line : {first[i], second[i]}) {
      const auto answer = replayer.feed(line);
      ASSERT_TRUE(answer);
      EXPECT_NE(answer->outcome, Outcome::kDifferent);
    }
  }
}

TEST(Replayer, skips_a_policy_whose_start_was_rotated_away) {
  const auto lines = record_of("shop/a", 2);
  Replayer replayer;
  const auto answer = replayer.feed(lines[1]);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->outcome, Outcome::kSkipped);
}

TEST(Replayer, says_what_is_wrong_with_a_line) {
  Replayer replayer;
  const auto half = replayer.feed(R"({"key": "a", "start)");
  ASSERT_FALSE(half);
  EXPECT_THAT(half.error().message, HasSubstr("not valid JSON"));
  const auto no_mode = replayer.feed(R"({"key": "a", "start": 1, "policy": {"mode": "Fast"}, "history": []})");
  ASSERT_FALSE(no_mode);
  EXPECT_THAT(no_mode.error().message, testing::AllOf(HasSubstr("mode"), HasSubstr("Fast"), HasSubstr("DryRun")));
}

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells{""};
  bool quoted = false;
  for (const char c : row) {
    if (c == '"') quoted = !quoted;
    if (c == ',' && !quoted) cells.emplace_back();
    else cells.back() += c;
  }
  return cells;
}

TEST(ControlLog, has_the_laboratory_s_columns_first_and_a_cell_for_each_in_every_row) {
  const auto columns = cells_of(ControlLog::header());
  ASSERT_GE(columns.size(), 24u);
  const std::vector<std::string> laboratory = {
      "ts_utc",           "control_mode",        "elapsed_s",           "observed_rps",           "observed_cpu_cores",   "observed_inflight",
      "rps_query_failed", "cpu_query_failed",    "inflight_query_failed", "demand_proxy_rps",     "backlog_state",        "prev_replicas",
      "ready_replicas",   "desired_replicas",    "qp_recommended_replicas", "recommended_replicas", "applied_replicas",   "emergency_scale_up",
      "surge_scale_up",   "capacity_scale_up",   "downscale_blocked",   "downscale_limited",      "safety_raised",        "solver_status"};
  EXPECT_THAT((std::vector<std::string>{columns.begin(), columns.begin() + 24}), ::testing::ContainerEq(laboratory));
  Replayer replayer;
  ControlLog log;
  int rows = 0;
  for (const std::string& line : record_of("shop/web", 12)) {
    const auto answer = replayer.feed(line);
    ASSERT_TRUE(answer);
    if (!answer->step) continue;
    const auto cells = cells_of(log.add(*answer->step));
    ASSERT_EQ(cells.size(), columns.size());
    EXPECT_EQ(cells[11], std::to_string(3 + rows / 4)) << "prev_replicas";
    const bool missing = rows % 7 == 3;
    EXPECT_EQ(cells[3].empty(), missing) << "missing is never zero";
    EXPECT_EQ(cells[6], missing ? "1" : "0") << "rps_query_failed";
    EXPECT_EQ(cells[4], "") << "no CPU is read";
    ++rows;
  }
  EXPECT_EQ(rows, 12);
  EXPECT_THAT(log.summary_csv(), HasSubstr("samples,12\n"));
  EXPECT_THAT(log.summary_csv(), HasSubstr("avg_replicas,4\n"));
}

TEST(RecordFile, ends_a_half_line_that_a_killed_process_left) {
  const std::string path = testing::TempDir() + "half-line.jsonl";
  std::ofstream(path) << "{\"half";
  RecordFile file({path});
  ASSERT_TRUE(file.open());
  file.append("{}");
  std::stringstream text;
  text << std::ifstream(path).rdbuf();
  EXPECT_EQ(text.str(), "{\"half\n{}\n");
}

TEST(RecordFile, rotates_by_size_and_keeps_as_many_files_as_asked) {
  const std::string path = testing::TempDir() + "rotated.jsonl";
  std::remove(path.c_str());
  RecordFile file({path, 10, 2});
  ASSERT_TRUE(file.open());
  for (const char* line : {"11111111", "22222222", "33333333"}) file.append(line);
  const auto read = [](const std::string& name) {
    std::stringstream text;
    text << std::ifstream(name).rdbuf();
    return text.str();
  };
  EXPECT_EQ(read(path), "33333333\n");
  EXPECT_EQ(read(path + ".1"), "22222222\n");
  EXPECT_FALSE(std::ifstream(path + ".2"));
}

TEST(RecordFile, names_a_path_that_cannot_be_written) {
  RecordFile file({"/nonexistent/folder/log"});
  const auto opened = file.open();
  ASSERT_FALSE(opened);
  EXPECT_THAT(opened.error().message, HasSubstr("/nonexistent/folder/log"));
}

TEST(HistoryCsv, reads_seconds_and_rates) {
  std::istringstream in("seconds,rps\n-30,10.5\r\n-15, 11\n\n");
  const auto points = read_history_csv(in);
  ASSERT_TRUE(points) << points.error().message;
  ASSERT_EQ(points->size(), 2u);
  EXPECT_EQ((*points)[0].time, Seconds(-30));
  EXPECT_EQ((*points)[1].rate, 11.0);
}

TEST(HistoryCsv, names_the_row_and_what_is_wrong_with_it) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {"time,rate\n", {"row 1", "seconds,rps"}},
      {"", {"row 1"}},
      {"seconds,rps\n-30\n", {"row 2", "two columns"}},
      {"seconds,rps\n-30,10\nx,10\n", {"row 3", "seconds", "x"}},
      {"seconds,rps\n-30,nan\n", {"row 2", "rps", "nan"}},
      {"seconds,rps\n-30,-1\n", {"row 2", "-1", "at least 0"}},
      {"seconds,rps\n-30,1\n-30,2\n", {"row 3", "more than the row before"}}};
  for (const auto& [csv, words] : cases) {
    std::istringstream in(csv);
    const auto points = read_history_csv(in);
    ASSERT_FALSE(points) << csv;
    for (const char* word : words) EXPECT_THAT(points.error().message, HasSubstr(word)) << csv;
  }
}

}  // namespace
}  // namespace spillway::record
