#include "operator/record/decision_record.hpp"

#include "model/loop/memory.hpp"
#include "operator/record/json.hpp"

namespace spillway::record {
namespace {

constexpr int kFormat = 1;

std::vector<HistoryPoint> history_from(const Json& line) {
  std::vector<HistoryPoint> points;
  for (const Json& item : line.at("history")) {
    points.push_back({Seconds(item.at(0).get<double>()), item.at(1).get<double>()});
  }
  return points;
}

/// The simplex attempts that the safety net in wall time cut short: how fast this machine is must not change the answer.
std::vector<int> time_limited_from(const Json& decision) {
  return decision.contains("timeLimited") ? decision.at("timeLimited").get<std::vector<int>>() : std::vector<int>{};
}

}  // namespace

struct Replayer::Course {
  Policy policy;
  loop::Memory memory;
};

Replayer::Replayer() = default;
Replayer::~Replayer() = default;

std::string start_line(const std::string& key, const Policy& policy, std::span<const HistoryPoint> history,
                       Seconds now) {
  Json line = {{"record", kFormat}, {"key", key}, {"start", now.value()}, {"policy", to_json(policy)}};
  Json& points = line["history"] = Json::array();
  for (const HistoryPoint& point : history) points.push_back({point.time.value(), point.rate});
  return to_text(line);
}

std::string policy_line(const std::string& key, const Policy& policy) {
  return to_text({{"key", key}, {"policy", to_json(policy)}});
}

std::string step_line(const std::string& key, Seconds now, const Observation& observation,
                      const decide::Decision& decision, const plan::Plan& plan) {
  return to_text(
      {{"key", key}, {"observation", to_json(now, observation)}, {"decision", to_json(now, decision, plan)}});
}

Result<Replayer::Answer> Replayer::feed(std::string_view text) {
  return decode([&] {
    const Json line = parse_object(text);
    Answer answer;
    answer.key = optional_string(line, "key");
    if (line.contains("start")) {
      const Policy policy = policy_from(line.at("policy"));
      const Seconds now(required_number(line, "start"));
      courses_[answer.key] =
          std::make_unique<Course>(Course{policy, loop::Memory::fresh(policy, history_from(line), now)});
      return answer;
    }
    const auto found = courses_.find(answer.key);
    if (found == courses_.end()) {
      answer.outcome = Outcome::kSkipped;
      return answer;
    }
    Course& course = *found->second;
    if (line.contains("policy")) {
      course.policy = policy_from(line.at("policy"));
      return answer;
    }
    const Json& seen = line.at("observation");
    const Seconds now(required_number(seen, "t"));
    bool ready_known = true;
    const Observation observation = observation_from(seen, now, ready_known);
    course.memory.contents().time_limited = time_limited_from(line.at("decision"));
    loop::StepResult result = loop::step(observation, std::move(course.memory), course.policy, now);
    course.memory = std::move(result.memory);
    answer.recorded = to_text(line.at("decision"));
    answer.replayed = to_text(to_json(now, result.decision, result.trace.plan));
    answer.outcome = answer.recorded == answer.replayed ? Outcome::kSame : Outcome::kDifferent;
    answer.step = ReplayedStep{now, course.policy, observation, std::move(result.decision), std::move(result.trace)};
    return answer;
  });
}

}  // namespace spillway::record
