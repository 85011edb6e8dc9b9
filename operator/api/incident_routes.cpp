#include <algorithm>

#include "operator/api/incident_routes.hpp"
#include "operator/api/query.hpp"
#include "operator/runtime/shard_plan.hpp"

namespace spillway::api {
namespace {

constexpr int kMostListed = 500;
constexpr int kUsuallyListed = 50;
constexpr int kLeastExpiry = 60;
constexpr int kMostExpiry = 604800;
constexpr int kUsualExpiry = 3600;
constexpr std::size_t kLongestReason = 256;

http::Response list_incidents(const Backing& backing, const http::Request& request) {
  const Query query(request);
  const auto limit = query.whole("limit", 1, kMostListed, kUsuallyListed);
  if (!limit) return refuse(400, limit.error().message);
  const std::string state = query.text("state"), ns = query.text("namespace");
  if (!state.empty() && state != "Open" && state != "Resolved" && state != "All")
    return refuse(400, "state: \"" + state + "\": want Open, Resolved or All");
  auto incidents = backing.model.incidents();
  std::erase_if(incidents, [&](const insight::Incident& incident) {
    return (!ns.empty() && incident.policy.ns != ns) || (state == "Open" && !incident.open()) || (state == "Resolved" && incident.open());
  });
  if (incidents.size() > static_cast<std::size_t>(*limit)) incidents.resize(static_cast<std::size_t>(*limit));
  return answer({{"incidents", views(incidents, backing.now())}});
}

http::Response get_incident(const Backing& backing, const http::Request& request) {
  const auto incident = backing.model.incident(request.parameters.at("id"));
  return incident ? answer(view(*incident, backing.now())) : refuse(incident.error());
}

void audit_acknowledgement(const Backing& backing, const http::Request& request, const insight::Incident& incident, const char* action,
                           const std::string& what) {
  backing.model.audit({.id = {}, .time = backing.now(), .user = request.caller.user.name, .action = action, .policy = incident.policy,
                       .request = incident.id + what, .result = "Applied", .message = {}});
}

/// The whole number in `body`, or `otherwise`.
Result<int> expiry_of(const Json& body) {
  const auto found = body.find("expiresInSeconds");
  if (found == body.end()) return kUsualExpiry;
  if (found->is_number_integer() && *found >= kLeastExpiry && *found <= kMostExpiry) return found->get<int>();
  return Error{ErrorKind::kInvalid, "expiresInSeconds: " + found->dump() + ": want a whole number from " + std::to_string(kLeastExpiry) + " to " +
                                        std::to_string(kMostExpiry)};
}

http::Response acknowledge(const Backing& backing, const http::Request& request, const std::string& id, const Json& body) {
  const auto expiry = expiry_of(body);
  if (!expiry) return refuse(400, expiry.error().message);
  const auto reason = reason_of(body);
  if (!reason) return refuse(400, reason.error().message);
  const double now = backing.now();
  const auto incident = backing.model.acknowledge(id, {request.caller.user.name, now, now + *expiry, *reason});
  if (!incident) return refuse(incident.error());
  audit_acknowledgement(backing, request, *incident, "Acknowledge", " for " + std::to_string(*expiry) + " s" + (reason->empty() ? "" : ": " + *reason));
  return answer(view(*incident, now));
}

http::Response post_ack(const Backing& backing, const http::Request& request) {
  const auto body = parse_object(request.body);
  if (!body) return refuse(400, body.error().message);
  if (auto known = only_fields(*body, {"expiresInSeconds", "reason"}); !known) return refuse(400, known.error().message);
  return acknowledge(backing, request, request.parameters.at("id"), *body);
}

http::Response withdraw(const Backing& backing, const http::Request& request) {
  const auto incident = backing.model.withdraw(request.parameters.at("id"), backing.now());
  if (!incident) return refuse(incident.error());
  audit_acknowledgement(backing, request, *incident, "WithdrawAcknowledgement", "");
  return answer(view(*incident, backing.now()));
}

/// The path that LoadEquilibrium's users know.
http::Response alerts_ack(const Backing& backing, const http::Request& request) {
  const auto body = parse_object(request.body);
  if (!body) return refuse(400, body.error().message);
  const auto id = body->contains("alertId") ? body->find("alertId") : body->find("alert_id");
  if (id == body->end() || !id->is_string()) return refuse(400, "alertId: want the id of an incident");
  return acknowledge(backing, request, id->get<std::string>(), *body);
}

Json feed_entry(std::string id, double time, const char* type, const kube::ObjectKey& policy, const char* priority, const std::string& message,
                Json decision_id, Json incident_id) {
  return {{"id", std::move(id)},    {"time", moment(time)},   {"type", type},
          {"namespace", policy.ns}, {"name", policy.name},    {"priority", priority},
          {"message", message},     {"decisionId", std::move(decision_id)}, {"incidentId", std::move(incident_id)}};
}

const char* feed_type(const std::string& message) {
  if (message.starts_with("opened") || message.starts_with("came back")) return "IncidentOpened";
  if (message.starts_with("resolved")) return "IncidentResolved";
  if (message.starts_with("acknowledged") || message.starts_with("the acknowledgement")) return "IncidentAcknowledged";
  return "IncidentUpdated";
}

using Entries = std::vector<std::pair<double, Json>>;

void add_moves(const Backing& backing, const std::string& ns, std::size_t limit, Entries& entries) {
  for (const auto& note : backing.model.notes(std::nullopt, ns, true, limit)) {
    entries.emplace_back(note.time, feed_entry("decision-" + note.id, note.time, "Scaled", note.policy, "Low", note.message, note.id, nullptr));
  }
}

/// The same for as long as it is kept, whatever is forgotten before it: two of one moment differ in what they say.
std::string update_id(const insight::Incident& incident, const insight::IncidentUpdate& update) {
  return incident.id + "-" + std::to_string(std::llround(update.time * 1000.0)) + "-" + std::to_string(runtime::stable_hash(update.message) % 100000);
}

/// Updates of an onset or of a priority bring the title of their time along.
std::string feed_message(const insight::Incident& incident, const std::string& update) {
  const bool has_title = update.starts_with("opened: ") || update.starts_with("came back: ") || update.starts_with("now ");
  return has_title ? update : incident.symptom.title + " - " + update;
}

void add_incidents(const Backing& backing, const std::string& ns, Entries& entries) {
  for (const auto& incident : backing.model.incidents()) {
    if (!ns.empty() && incident.policy.ns != ns) continue;
    for (const auto& update : incident.updates) {
      entries.emplace_back(update.time, feed_entry(update_id(incident, update), update.time,
                                                   feed_type(update.message), incident.policy, insight::to_string(incident.symptom.priority),
                                                   feed_message(incident, update.message), nullptr, incident.id));
    }
  }
}

void add_actions(const Backing& backing, const std::string& ns, Entries& entries) {
  for (const auto& action : backing.model.audit_log()) {
    if (!ns.empty() && action.policy.ns != ns) continue;
    entries.emplace_back(action.time, feed_entry(action.id, action.time, "ControlAction", action.policy, "Low",
                                                 (action.user.empty() ? "somebody" : action.user) + ": " + action.action + " " + action.request + " (" + action.result + ")",
                                                 nullptr, nullptr));
  }
}

http::Response feed(const Backing& backing, const http::Request& request) {
  const Query query(request);
  const auto limit = query.whole("limit", 1, kMostListed, kUsuallyListed);
  if (!limit) return refuse(400, limit.error().message);
  const std::string ns = query.text("namespace");
  Entries entries;
  add_moves(backing, ns, static_cast<std::size_t>(*limit), entries);
  add_incidents(backing, ns, entries);
  add_actions(backing, ns, entries);
  std::ranges::stable_sort(entries, std::ranges::greater{}, &Entries::value_type::first);
  if (entries.size() > static_cast<std::size_t>(*limit)) entries.resize(static_cast<std::size_t>(*limit));
  Json events = Json::array();
  for (auto& [time, entry] : entries) events.push_back(std::move(entry));
  return answer({{"events", std::move(events)}});
}

http::Response audit(const Backing& backing, const http::Request& request) {
  const auto limit = Query(request).whole("limit", 1, kMostListed, kUsuallyListed);
  if (!limit) return refuse(400, limit.error().message);
  auto entries = backing.model.audit_log();
  if (entries.size() > static_cast<std::size_t>(*limit)) entries.resize(static_cast<std::size_t>(*limit));
  return answer({{"entries", views(entries)}});
}

/// The verb on the policy that an incident is about; on all policies for an id that nobody knows, so that it tells strangers nothing.
http::AccessRule by_incident(const Backing& backing, std::string verb, std::function<std::string(const http::Request&)> id_of) {
  return [&backing, verb = std::move(verb), id_of = std::move(id_of)](const http::Request& request) -> std::optional<kube::AccessAttributes> {
    const auto incident = backing.model.incident(id_of(request));
    const kube::ObjectKey policy = incident ? incident->policy : kube::ObjectKey{};
    return kube::ResourceAccess{verb, kube::kAutoscalerPolicies, policy.ns, policy.name, {}};
  };
}

std::string id_in_path(const http::Request& request) { return request.parameters.at("id"); }

std::string id_in_body(const http::Request& request) {
  const auto body = parse_object(request.body);
  if (!body) return {};
  for (const char* name : {"alertId", "alert_id"}) {
    const auto found = body->find(name);
    if (found != body->end() && found->is_string()) return found->get<std::string>();
  }
  return {};
}

}  // namespace

Result<std::string> reason_of(const Json& body) {
  const auto found = body.find("reason");
  if (found == body.end()) return std::string();
  if (found->is_string() && found->get_ref<const std::string&>().size() <= kLongestReason) return found->get<std::string>();
  return Error{ErrorKind::kInvalid, "reason: want text of at most " + std::to_string(kLongestReason) + " bytes"};
}

Status only_fields(const Json& body, std::initializer_list<const char*> allowed) {
  for (const auto& [name, value] : body.items()) {
    if (std::ranges::find(allowed, name, [](const char* text) { return std::string(text); }) != allowed.end()) continue;
    std::string list;
    for (const char* text : allowed) list += (list.empty() ? "" : ", ") + std::string(text);
    return Error{ErrorKind::kInvalid, name + ": unknown field; allowed here: " + list};
  }
  return Ok{};
}

void add_incident_routes(http::RouteTable& routes, const Backing& backing) {
  const auto add = [&](const char* method, const char* path, http::Response (*handler)(const Backing&, const http::Request&), http::AccessRule rule) {
    routes.add(method, path, while_leading(backing, same_site([&backing, handler](const http::Request& request) { return handler(backing, request); })), std::move(rule));
  };
  add("GET", "/api/v1/incidents", list_incidents, by_listing("list"));
  add("GET", "/api/v1/incidents/{id}", get_incident, by_incident(backing, "get", id_in_path));
  add("POST", "/api/v1/incidents/{id}/ack", post_ack, by_incident(backing, "patch", id_in_path));
  add("DELETE", "/api/v1/incidents/{id}/ack", withdraw, by_incident(backing, "patch", id_in_path));
  add("POST", "/api/v1/alerts/ack", alerts_ack, by_incident(backing, "patch", id_in_body));
  add("GET", "/api/v1/events", feed, by_listing("list"));
  add("GET", "/api/v1/audit", audit, http::by_url());
}

}  // namespace spillway::api
