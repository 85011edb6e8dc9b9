#include "operator/api/control_routes.hpp"

#include "controllers/autoscaler_policy/annotations.hpp"
#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/enums.hpp"
#include "crds/v1alpha1/manifest_writer.hpp"
#include "operator/api/incident_routes.hpp"
#include "operator/api/query.hpp"
#include "operator/telemetry/log.hpp"

namespace spillway::api {
namespace {

/// What somebody wants done to a policy.
struct Action {
  std::string name;     ///< for the audit
  std::string request;  ///< in words
  Json patch;
};

Json annotate(const char* name, const std::string& value) { return {{"metadata", {{"annotations", {{name, value}}}}}}; }

void add_reason(Action& action, const std::string& reason) {
  if (reason.empty()) return;
  action.request += "; reason: " + reason;
  action.patch["metadata"]["annotations"][autoscaler_policy::kReason] = reason;
}

Result<Action> parse_control(const std::string& text) {
  const auto body = parse_object(text);
  if (!body) return body.error();
  if (auto known = only_fields(*body, {"mode", "profile", "reason"}); !known) return known.error();
  const auto reason = reason_of(*body);
  if (!reason) return reason.error();
  Action action;
  const auto take = [&](const char* field, const char* name, const auto& is_word, const char* allowed) -> Status {
    const auto value = body->find(field);
    if (value == body->end()) return Ok{};
    if (!value->is_string() || !is_word(value->template get<std::string>())) return Error{ErrorKind::kInvalid, std::string(field) + ": " + value->dump() + ": want " + allowed};
    action.patch["spec"][field] = *value;
    action.request += (action.request.empty() ? "" : ", ") + std::string(field) + ": " + value->template get<std::string>();
    action.name = action.name.empty() ? name : "Control";
    return Ok{};
  };
  const auto is_mode = [](const std::string& word) { return v1alpha1::from_string<Mode>(word).has_value(); };
  const auto is_profile = [](const std::string& word) { return v1alpha1::from_string<Profile>(word).has_value(); };
  if (auto taken = take("mode", "SetMode", is_mode, "Active, DryRun or Paused"); !taken) return taken.error();
  if (auto taken = take("profile", "SetProfile", is_profile, "Safe, Normal or Performance"); !taken) return taken.error();
  if (action.name.empty()) return Error{ErrorKind::kInvalid, "want mode or profile, or both"};
  add_reason(action, *reason);
  return action;
}

Action decide_now(const Backing& backing) { return {"DecideNow", "decide now", annotate(autoscaler_policy::kDecideNow, moment(backing.now()))}; }
Action relearn(const Backing& backing) { return {"Relearn", "learn anew", annotate(autoscaler_policy::kRelearn, moment(backing.now()))}; }

void audit(const Backing& backing, const http::Request& request, const kube::ObjectKey& key, const Action& action, const Result<kube::Json>& done) {
  const bool refused = !done && (done.error().kind == ErrorKind::kForbidden || done.error().kind == ErrorKind::kUnauthorized);
  insight::AuditEntry entry{.id = {}, .time = backing.now(), .user = request.caller.user.name, .action = action.name, .policy = key,
                            .request = action.request, .result = done ? "Applied" : refused ? "Refused" : "Failed",
                            .message = done ? std::string() : done.error().message};
  telemetry::log_info("control action", {{"user", entry.user}, {"action", entry.action}, {"policy", key.to_string()}, {"request", entry.request}, {"result", entry.result}});
  backing.model.audit(std::move(entry));
}

std::string manifest_of(const kube::Json& object) {
  const auto policy = v1alpha1::decode_policy(object);
  return policy ? v1alpha1::write_policy_manifest(policy->metadata, policy->spec, {}, {}) : std::string();
}

http::Response control_one(const Backing& backing, CallerClient& client, const http::Request& request, const Action& action) {
  const auto dry_run = Query(request).flag("dryRun", false);
  if (!dry_run) return refuse(400, dry_run.error().message);
  const kube::ObjectKey key = key_of(request);
  const auto done = client.patch_policy(request.caller, key, action.patch.dump(), *dry_run);
  if (!*dry_run) audit(backing, request, key, action, done);
  if (!done) return refuse(done.error());
  const auto meta = kube::parse_meta(*done);
  return answer({{"namespace", key.ns},
                 {"name", key.name},
                 {"applied", !*dry_run},
                 {"dryRun", *dry_run},
                 {"generation", meta.generation},
                 {"patch", action.patch},
                 {"manifest", manifest_of(*done)}});
}

std::optional<Mode> mode_of(const Backing& backing, const kube::ObjectKey& key) {
  const auto view = backing.model.view(key);
  return view && view->object->policy ? std::optional(view->object->policy->spec.mode) : std::nullopt;
}

/// The same for every policy of the query's namespace, or for those that are in this mode.
http::Response control_many(const Backing& backing, CallerClient& client, const http::Request& request, const Action& action, std::optional<Mode> only = {}) {
  Json results = Json::array();
  int applied = 0, refused = 0;
  std::optional<Error> first;
  for (const kube::ObjectKey& key : backing.model.keys(Query(request).text("namespace"))) {
    if (only && mode_of(backing, key) != only) continue;
    const auto done = client.patch_policy(request.caller, key, action.patch.dump(), false);
    audit(backing, request, key, action, done);
    (done ? applied : refused) += 1;
    if (!done && !first) first = done.error();
    results.push_back({{"namespace", key.ns}, {"name", key.name}, {"applied", done.has_value()}, {"error", done ? Json(nullptr) : Json(done.error().message)}});
  }
  if (applied == 0 && first) return refuse(*first);
  return answer({{"applied", applied}, {"refused", refused}, {"results", std::move(results)}});
}

/// Freezes what acts and lets go on what is frozen. A trial (DryRun) stays one: nobody asked for it to act.
http::Response toggle(const Backing& backing, CallerClient& client, const http::Request& request) {
  const auto body = parse_object(request.body);
  if (!body) return refuse(400, body.error().message);
  const auto reason = reason_of(*body);
  if (!reason) return refuse(400, reason.error().message);
  const auto enabled = body->find("enabled");
  if (enabled == body->end() || !enabled->is_boolean()) return refuse(400, "enabled: want true or false");
  const char* mode = *enabled ? "Active" : "Paused";
  const Mode before = *enabled ? Mode::kPaused : Mode::kActive;
  Action action{"SetMode", std::string("mode: ") + mode, {{"spec", {{"mode", mode}}}}};
  add_reason(action, *reason);
  return control_many(backing, client, request, action, before);
}

http::Response update_preset(const Backing& backing, CallerClient& client, const http::Request& request) {
  const auto body = parse_object(request.body);
  if (!body) return refuse(400, body.error().message);
  const auto reason = reason_of(*body);
  if (!reason) return refuse(400, reason.error().message);
  const auto preset = body->find("preset");
  if (preset == body->end() || !preset->is_string() || !v1alpha1::from_string<Profile>(preset->get<std::string>()))
    return refuse(400, "preset: want Safe, Normal or Performance");
  Action action{"SetProfile", "profile: " + preset->get<std::string>(), {{"spec", {{"profile", *preset}}}}};
  add_reason(action, *reason);
  return control_many(backing, client, request, action);
}

}  // namespace

void add_control_routes(http::RouteTable& routes, const Backing& backing, CallerClient& client) {
  // Seeing a policy is enough to ask; whether it may be changed is the API server's answer to the patch, so that refusals are audited too.
  const auto add = [&](const char* method, const std::string& path, http::Handler handler, http::AccessRule rule) {
    routes.add(method, path, while_leading(backing, same_site(std::move(handler))), std::move(rule));
  };
  const std::string policy = "/api/v1/policies/{namespace}/{name}";
  add("PATCH", policy, [&backing, &client](const http::Request& request) {
    const auto action = parse_control(request.body);
    return action ? control_one(backing, client, request, *action) : refuse(400, action.error().message);
  }, http::by_policy("get"));
  add("POST", policy + "/decide-now", [&backing, &client](const http::Request& request) { return control_one(backing, client, request, decide_now(backing)); }, http::by_policy("get"));
  add("POST", policy + "/relearn", [&backing, &client](const http::Request& request) { return control_one(backing, client, request, relearn(backing)); }, http::by_policy("get"));
  add("POST", "/api/v1/control/toggle", [&backing, &client](const http::Request& request) { return toggle(backing, client, request); }, by_listing("list"));
  add("POST", "/api/v1/policy/update", [&backing, &client](const http::Request& request) { return update_preset(backing, client, request); }, by_listing("list"));
  add("POST", "/api/v1/runtime/step", [&backing, &client](const http::Request& request) { return control_many(backing, client, request, decide_now(backing)); }, by_listing("list"));
}

}  // namespace spillway::api
