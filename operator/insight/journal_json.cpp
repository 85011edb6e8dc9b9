#include "operator/insight/journal_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace spillway::insight {
namespace {

using Json = nlohmann::json;

// A ConfigMap holds 1 MiB.
constexpr std::size_t kMostIncidentBytes = 700 * 1024;
constexpr std::size_t kMostAuditBytes = 200 * 1024;

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

Json to_json(const Incident& incident) {
  const Symptom& symptom = incident.symptom;
  Json evidence = Json::array(), updates = Json::array();
  for (const auto& item : symptom.evidence) evidence.push_back({item.name, item.value, item.unit});
  for (const auto& update : incident.updates) updates.push_back({update.time, update.message});
  Json json = {{"id", incident.id},
               {"rule", to_string(incident.rule)},
               {"namespace", incident.policy.ns},
               {"name", incident.policy.name},
               {"priority", to_string(symptom.priority)},
               {"title", symptom.title},
               {"cause", symptom.cause},
               {"model", symptom.model},
               {"prediction", symptom.prediction},
               {"action", symptom.action},
               {"evidence", std::move(evidence)},
               {"opened", incident.opened},
               {"updated", incident.updated},
               {"judged", incident.judged},
               {"period", incident.period},
               {"outcome", incident.outcome},
               {"decisionIds", incident.decision_ids},
               {"updates", std::move(updates)}};
  if (incident.resolved) json["resolved"] = *incident.resolved;
  if (const auto& ack = incident.acknowledgement) json["acknowledgement"] = {{"by", ack->by}, {"at", ack->at}, {"until", ack->until}, {"reason", ack->reason}};
  return json;
}

Incident incident_from(const Json& json) {
  Incident incident;
  incident.id = json.at("id");
  const auto rule = rule_from(json.at("rule").get<std::string>());
  const auto priority = priority_from(json.at("priority").get<std::string>());
  if (!rule || !priority) throw std::invalid_argument("a rule or priority of another version");
  incident.rule = *rule;
  incident.policy = {json.at("namespace"), json.at("name")};
  incident.symptom = {*priority,        json.at("title"),      json.at("cause"), json.at("model"),
                      json.at("prediction"), json.at("action"), {}};
  for (const Json& item : json.at("evidence")) {
    // A figure that was not finite was written as null.
    if (item.at(1).is_number()) incident.symptom.evidence.push_back({item.at(0), item.at(1), item.at(2)});
  }
  incident.opened = json.at("opened");
  incident.updated = json.at("updated");
  incident.judged = json.value("judged", 0.0);  // earlier versions did not write them
  incident.period = json.value("period", 0.0);
  if (json.contains("resolved")) incident.resolved = json.at("resolved").get<double>();
  incident.outcome = json.at("outcome");
  incident.decision_ids = json.at("decisionIds").get<std::vector<std::string>>();
  for (const Json& update : json.at("updates")) incident.updates.push_back({update.at(0), update.at(1)});
  if (const auto ack = json.find("acknowledgement"); ack != json.end())
    incident.acknowledgement = Acknowledgement{ack->at("by"), ack->at("at"), ack->at("until"), ack->at("reason")};
  return incident;
}

Json to_json(const AuditEntry& entry) {
  return {{"id", entry.id},           {"time", entry.time},       {"user", entry.user},     {"action", entry.action}, {"namespace", entry.policy.ns},
          {"name", entry.policy.name}, {"request", entry.request}, {"result", entry.result}, {"message", entry.message}};
}

AuditEntry audit_from(const Json& json) {
  return {json.at("id"), json.at("time"), json.at("user"), json.at("action"), {json.at("namespace"), json.at("name")}, json.at("request"), json.at("result"), json.at("message")};
}

/// A JSON list of the first items that fit into `most` bytes.
template <typename Items>
std::string bounded_list(const Items& items, std::size_t most) {
  std::string text = "[";
  for (const auto& item : items) {
    const std::string piece = dump(to_json(item));
    if (text.size() + piece.size() + 2 > most) break;
    if (text.size() > 1) text += ",";
    text += piece;
  }
  return text + "]";
}

template <typename T, typename Parse>
std::vector<T> read_list(const std::string& text, Parse parse) {
  std::vector<T> items;
  const Json list = Json::parse(text, nullptr, false);
  if (!list.is_array()) return items;
  for (const Json& item : list) {
    try {
      items.push_back(parse(item));
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): one that a later version wrote in another way
    }
  }
  return items;
}

}  // namespace

JournalText to_text(const ReadModel::Keepsakes& keepsakes) {
  std::vector<AuditEntry> newest_first(keepsakes.audit.rbegin(), keepsakes.audit.rend());
  return {bounded_list(keepsakes.incidents, kMostIncidentBytes), bounded_list(newest_first, kMostAuditBytes)};
}

ReadModel::Keepsakes from_text(const JournalText& text) {
  ReadModel::Keepsakes keepsakes{read_list<Incident>(text.incidents, incident_from), read_list<AuditEntry>(text.audit, audit_from)};
  std::ranges::reverse(keepsakes.audit);
  return keepsakes;
}

}  // namespace spillway::insight
