#include "operator/record/observation_json.hpp"

#include <algorithm>
#include <cmath>

#include "operator/record/json.hpp"

namespace spillway::record {
namespace {

constexpr Absence kAbsences[] = {Absence::kNone,     Absence::kNotAsked, Absence::kEmpty, Absence::kNotANumber,
                                 Absence::kInfinite, Absence::kNegative, Absence::kStale, Absence::kPartial,
                                 Absence::kError,    Absence::kTimeout};

Absence absence_from(const std::string& field, const Json& word) {
  for (const Absence absence : kAbsences) {
    if (word == to_string(absence)) return absence;
  }
  reject(field, word, "a reason such as \"Empty\" or \"Stale\"");
}

/// A plain number is true at `t`; what it is not (NaN, negative, ...) becomes the reason of its absence.
Reading reading_from_number(double number, Seconds t, const Json& spelling) {
  if (std::isnan(number)) return Reading::missing(Absence::kNotANumber);
  if (std::isinf(number)) return Reading::missing(Absence::kInfinite, spelling.dump());
  if (number < 0) return Reading::missing(Absence::kNegative, spelling.dump());
  return Reading::of(number, t);
}

Reading reading_from_object(const std::string& field, const Json& object, Seconds t) {
  Reading reading;
  reading.time = object.contains("time") ? Seconds(required_number(object, "time")) : t;
  reading.detail = optional_string(object, "detail");
  if (object.contains("value")) {
    reading.value = to_double(object["value"]);
    if (!reading.value) reject(field, object, "a number in \"value\"");
  }
  const auto absence = object.find("absence");
  reading.absence = absence != object.end() ? absence_from(field, *absence) : Absence::kNone;
  if (reading.absence == Absence::kNone && !reading.value) reject(field, object, "a \"value\" or an \"absence\"");
  return reading;
}

Reading reading_from(const Json& line, const char* field, Absence when_absent, Seconds t) {
  const auto found = line.find(field);
  if (found == line.end()) return Reading::missing(when_absent);
  if (found->is_null()) return Reading::missing(Absence::kEmpty);
  if (found->is_object()) return reading_from_object(field, *found, t);
  const auto number = to_double(*found);
  if (!number) reject(field, *found, "a number, null, \"NaN\" or an object");
  return reading_from_number(*number, t, *found);
}

/// The shortest form that reads back as the same Reading.
void put_reading(Json& line, const char* field, const Reading& reading, Seconds t, Absence when_absent) {
  const bool bare = reading.detail.empty();
  if (bare && !reading.value && reading.absence == when_absent && reading.time == Seconds(0)) return;
  if (bare && reading.usable() && reading.time == t && std::isfinite(*reading.value) && *reading.value >= 0) {
    line[field] = *reading.value;
    return;
  }
  Json object = Json::object();
  if (reading.value) object["value"] = from_double(*reading.value);
  object["time"] = reading.time.value();
  if (reading.absence != Absence::kNone) object["absence"] = to_string(reading.absence);
  if (!reading.detail.empty()) object["detail"] = reading.detail;
  line[field] = std::move(object);
}

const Json* array_or_null(const Json& line, const char* field) {
  const auto found = line.find(field);
  if (found == line.end() || found->is_null()) return nullptr;
  if (!found->is_array()) reject(field, *found, "a list");
  return &*found;
}

std::optional<std::vector<PendingPod>> pending_from(const Json& line) {
  const Json* list = array_or_null(line, "pending");
  if (!list) return std::nullopt;
  std::vector<PendingPod> pods;
  for (const Json& item : *list) {
    pods.push_back({Seconds(required_number(item, "ageSeconds")), optional_flag(item, "schedulable", true)});
  }
  return pods;
}

std::vector<Seconds> startup_times_from(const Json& line) {
  std::vector<Seconds> times;
  if (const Json* list = array_or_null(line, "startupSeconds")) {
    for (const Json& item : *list) {
      const auto number = to_double(item);
      if (!number || !std::isfinite(*number)) reject("startupSeconds", item, "finite numbers");
      times.emplace_back(*number);
    }
  }
  return times;
}

std::vector<CalendarWindow> calendar_from(const Json& line) {
  std::vector<CalendarWindow> windows;
  if (const Json* list = array_or_null(line, "calendar")) {
    for (const Json& item : *list) {
      CalendarWindow window{optional_string(item, "name"),
                            Seconds(required_number(item, "start")),
                            Seconds(required_number(item, "end")),
                            {},
                            {}};
      if (item.contains("minReplicas")) window.min_replicas = required_count(item, "minReplicas");
      if (item.contains("maxReplicas")) window.max_replicas = required_count(item, "maxReplicas");
      windows.push_back(std::move(window));
    }
  }
  return windows;
}

Gates gates_from(const Json& line) {
  const auto found = line.find("gates");
  if (found == line.end()) return {};
  if (!found->is_object()) reject("gates", *found, "an object");
  return {optional_flag(*found, "synced", true), optional_flag(*found, "leader", true),
          optional_string(*found, "rival")};
}

Json calendar_json(const std::vector<CalendarWindow>& windows) {
  Json list = Json::array();
  for (const CalendarWindow& window : windows) {
    Json item = {{"name", window.name}, {"start", window.start.value()}, {"end", window.end.value()}};
    if (window.min_replicas) item["minReplicas"] = *window.min_replicas;
    if (window.max_replicas) item["maxReplicas"] = *window.max_replicas;
    list.push_back(std::move(item));
  }
  return list;
}

Json pending_json(const std::vector<PendingPod>& pods) {
  Json list = Json::array();
  for (const PendingPod& pod : pods)
    list.push_back({{"ageSeconds", pod.age.value()}, {"schedulable", pod.schedulable}});
  return list;
}

/// Each metric's field, member and what its absence from the line means: every policy asks for the arrival rate.
struct MetricField {
  const char* field;
  Reading Observation::*member;
  Absence when_absent;
};

constexpr MetricField kMetrics[] = {{"arrivalRate", &Observation::arrival_rate, Absence::kEmpty},
                                    {"throughput", &Observation::throughput, Absence::kNotAsked},
                                    {"backlog", &Observation::backlog, Absence::kNotAsked},
                                    {"latencyP95", &Observation::latency, Absence::kNotAsked},
                                    {"utilization", &Observation::utilization, Absence::kNotAsked}};

}  // namespace

Observation observation_from(const Json& line, Seconds t, bool& ready_known) {
  Observation seen;
  for (const MetricField& metric : kMetrics) {
    seen.*metric.member = reading_from(line, metric.field, metric.when_absent, t);
  }
  seen.replicas = required_count(line, "replicas");
  const auto ready = line.find("readyReplicas");
  ready_known = ready != line.end() && !ready->is_null() && *ready != "NaN";
  seen.ready = ready_known ? required_count(line, "readyReplicas") : seen.replicas;
  seen.pending = pending_from(line);
  seen.startup_times = startup_times_from(line);
  seen.rollout_in_progress = optional_flag(line, "rolloutInProgress", false);
  seen.growth_blocked = optional_flag(line, "growthBlocked", false);
  seen.calendar = calendar_from(line);
  seen.gates = gates_from(line);
  return seen;
}

Json to_json(Seconds t, const Observation& seen) {
  Json line = {{"t", t.value()}};
  for (const MetricField& metric : kMetrics)
    put_reading(line, metric.field, seen.*metric.member, t, metric.when_absent);
  line["readyReplicas"] = seen.ready;
  line["replicas"] = seen.replicas;
  if (seen.pending) line["pending"] = pending_json(*seen.pending);
  if (!seen.startup_times.empty()) {
    Json& list = line["startupSeconds"] = Json::array();
    for (const Seconds time : seen.startup_times) list.push_back(time.value());
  }
  if (seen.rollout_in_progress) line["rolloutInProgress"] = true;
  if (seen.growth_blocked) line["growthBlocked"] = true;
  if (!seen.calendar.empty()) line["calendar"] = calendar_json(seen.calendar);
  const Gates& gates = seen.gates;
  if (!gates.synced || !gates.leader || !gates.rival.empty()) {
    line["gates"] = {{"synced", gates.synced}, {"leader", gates.leader}, {"rival", gates.rival}};
  }
  return line;
}

Result<StepInput> parse_observation(std::string_view text) {
  return decode([&] {
    const Json line = parse_object(text);
    StepInput input;
    input.t = Seconds(required_number(line, "t"));
    input.observation = observation_from(line, input.t, input.ready_known);
    return input;
  });
}

std::string observation_line(Seconds t, const Observation& observation) {
  return to_text(to_json(t, observation));
}

}  // namespace spillway::record
