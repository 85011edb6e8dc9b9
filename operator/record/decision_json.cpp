#include "operator/record/decision_json.hpp"

#include "operator/record/json.hpp"

namespace spillway::record {
namespace {

Json trail_json(const std::vector<decide::TrailEntry>& trail) {
  Json list = Json::array();
  for (const decide::TrailEntry& entry : trail) {
    list.push_back(
        {{"guard", entry.guard}, {"before", entry.before}, {"after", entry.after}, {"message", entry.message}});
  }
  return list;
}

Json plan_json(const plan::Plan& plan) {
  Json list = Json::array();
  for (const plan::PlanStage& stage : plan.stages) {
    list.push_back({{"offsetSeconds", from_double(stage.offset)},
                    {"replicas", from_double(stage.replicas)},
                    {"backlog", from_double(stage.backlog)}});
  }
  return list;
}

}  // namespace

Json to_json(Seconds t, const decide::Decision& decision, const plan::Plan& plan) {
  Json line = {{"t", t.value()},
               {"replicas", decision.replicas},
               {"raw", from_double(decision.raw)},
               {"reason", decision.reason},
               {"message", decision.message},
               {"trail", trail_json(decision.trail)},
               {"plan", plan_json(plan)}};
  if (decision.fallback) line["fallback"] = true;
  if (!plan.time_limited.empty()) line["timeLimited"] = plan.time_limited;
  return line;
}

std::string decision_line(Seconds t, const decide::Decision& decision, const plan::Plan& plan) {
  return to_text(to_json(t, decision, plan));
}

std::string decision_line(Seconds t, const decide::Decision& decision, const plan::Plan& plan, Seconds step_duration) {
  Json line = to_json(t, decision, plan);
  line["timings"] = {{"stepSeconds", step_duration.value()}};
  return to_text(line);
}

std::string error_line(const std::string& message) {
  return to_text(Json{{"error", message}});
}

}  // namespace spillway::record
