#include <algorithm>

#include "operator/api/backing.hpp"
#include "operator/api/handshake.hpp"
#include "operator/api/query.hpp"

namespace spillway::api {
namespace {

constexpr int kMostListed = 500;
constexpr int kUsuallyListed = 50;
constexpr std::size_t kOverviewIncidents = 20;

std::vector<insight::Incident> open_incidents(const Backing& backing, const std::string& ns) {
  auto incidents = backing.model.incidents();
  std::erase_if(incidents, [&](const insight::Incident& incident) { return !incident.open() || (!ns.empty() && incident.policy.ns != ns); });
  if (incidents.size() > kOverviewIncidents) incidents.resize(kOverviewIncidents);
  return incidents;
}

http::Response snapshot(const Backing& backing, const http::Request& request) {
  const std::string ns = Query(request).text("namespace");
  return answer({{"overview", overview_view(backing, ns)},
                 {"incidents", views(open_incidents(backing, ns), backing.now())},
                 {"decisions", views(backing.model.notes(std::nullopt, ns, false, kUsuallyListed))}});
}

http::Response list_policies(const Backing& backing, const http::Request& request) {
  return answer({{"policies", views(backing.model.fleet(backing.now(), Query(request).text("namespace")).rows)}});
}

http::Response get_policy(const Backing& backing, const http::Request& request) {
  const auto page = backing.model.page(key_of(request));
  if (!page) return no_page(backing, key_of(request));
  return answer(detail_view(*page, backing.zones, backing.now()));
}

/// Every n-th sample counted from the newest, so that at most `most` remain.
std::vector<insight::Sample> thin(const std::vector<insight::Sample>& samples, std::size_t most) {
  if (samples.size() <= most) return samples;
  const std::size_t stride = (samples.size() + most - 1) / most;
  std::vector<insight::Sample> kept;
  for (std::size_t back = 0; back < samples.size(); back += stride) kept.push_back(samples[samples.size() - 1 - back]);
  std::ranges::reverse(kept);
  return kept;
}

http::Response history(const Backing& backing, const http::Request& request) {
  const Query query(request);
  const auto since = query.whole("sinceSeconds", 1, 604800, 0);
  if (!since) return refuse(400, since.error().message);
  const auto most = query.whole("maxPoints", 2, 2000, 2000);
  if (!most) return refuse(400, most.error().message);
  const kube::ObjectKey key = key_of(request);
  auto samples = backing.model.samples(key);
  const auto view = backing.model.view(key);
  if (!samples || !view) return no_page(backing, key);
  if (*since > 0) std::erase_if(*samples, [&](const insight::Sample& sample) { return sample.time < backing.now() - *since; });
  const auto kept = thin(*samples, static_cast<std::size_t>(*most));
  auto moves = backing.model.notes(key, {}, true, insight::ReadModel::kDecisions);
  std::erase_if(moves, [&](const insight::DecisionNote& note) { return kept.empty() || note.time < kept.front().time; });
  std::ranges::reverse(moves);
  const int period = view->object->policy ? view->object->policy->spec.control_period_seconds : 0;
  return answer(history_view(key, period, kept, moves));
}

http::Response decisions(const Backing& backing, const http::Request& request, bool of_one) {
  const Query query(request);
  const auto limit = query.whole("limit", 1, kMostListed, kUsuallyListed);
  if (!limit) return refuse(400, limit.error().message);
  const auto moves_only = query.flag("movesOnly", false);
  if (!moves_only) return refuse(400, moves_only.error().message);
  std::optional<kube::ObjectKey> key;
  if (of_one) {
    key = key_of(request);
    if (!backing.model.view(*key)) return no_page(backing, *key);
  }
  return answer({{"since", moment_or_null(backing.model.since())},
                 {"decisions", views(backing.model.notes(key, query.text("namespace"), *moves_only, static_cast<std::size_t>(*limit)))}});
}

http::Response scores(const Backing& backing, const http::Request& request) {
  const auto page = backing.model.page(key_of(request));
  if (!page) return no_page(backing, key_of(request));
  return answer(view(page->scores));
}

}  // namespace

http::AccessRule by_listing(std::string verb) {
  return [verb = std::move(verb)](const http::Request& request) -> std::optional<kube::AccessAttributes> {
    return kube::ResourceAccess{verb, kube::kAutoscalerPolicies, Query(request).text("namespace"), {}, {}};
  };
}

http::Handler while_leading(const Backing& backing, http::Handler handler) {
  return [&backing, handler = std::move(handler)](const http::Request& request) {
    if (!backing.leading()) {
      http::Response response = refuse(503, "NotLeader", "this process waits for the lease");
      response.headers.emplace_back("Retry-After", "2");
      return response;
    }
    return handler(request);
  };
}

http::Handler same_site(http::Handler handler) {
  return [handler = std::move(handler)](const http::Request& request) {
    return is_same_site(request) ? handler(request) : refuse(403, "a page of another site may not change anything here");
  };
}

kube::ObjectKey key_of(const http::Request& request) { return {request.parameters.at("namespace"), request.parameters.at("name")}; }

http::Response no_such_policy(const kube::ObjectKey& key) { return refuse(404, "there is no policy " + key.to_string()); }

http::Response no_page(const Backing& backing, const kube::ObjectKey& key) {
  const bool listing = !backing.model.introduced() && !backing.synced();
  if (!listing && !backing.model.awaits(key)) return no_such_policy(key);
  http::Response response = refuse(503, "Starting", "the operator has just started and has not looked at " + key.to_string() + " yet");
  response.headers.emplace_back("Retry-After", "2");
  return response;
}

Json overview_head(const insight::Fleet& fleet, double now) {
  insight::Level worst = insight::Level::kOk;
  for (const auto& row : fleet.rows) worst = std::max(worst, row.level);
  return {{"time", moment(now)},
          {"situation", insight::describe_fleet(fleet.rows, fleet.totals)},
          {"level", insight::to_string(worst)},
          {"tiles", view(fleet.totals)}};
}

Json overview_view(const Backing& backing, const std::string& ns) {
  const double now = backing.now();
  const insight::Fleet fleet = backing.model.fleet(now, ns);
  Json overview = overview_head(fleet, now);
  overview["services"] = views(fleet.rows);
  overview["incidents"] = views(open_incidents(backing, ns), now);
  overview["operator"] = {{"leading", backing.leading()},
                          {"version", backing.version},
                          {"startedAt", moment(backing.started)},
                          {"workQueueDepth", backing.queue_depth()},
                          {"streamClients", backing.stream_clients()}};
  return overview;
}

void add_observe_routes(http::RouteTable& routes, const Backing& backing) {
  const auto add = [&](const char* path, http::Response (*handler)(const Backing&, const http::Request&), http::AccessRule rule) {
    routes.add("GET", path, while_leading(backing, [&backing, handler](const http::Request& request) { return handler(backing, request); }), std::move(rule));
  };
  const std::string policy = "/api/v1/policies/{namespace}/{name}";
  add("/api/v1/overview", [](const Backing& b, const http::Request& r) { return answer(overview_view(b, Query(r).text("namespace"))); }, by_listing("list"));
  add("/api/v1/snapshot", snapshot, by_listing("list"));
  add("/api/v1/policies", list_policies, by_listing("list"));
  add(policy.c_str(), get_policy, http::by_policy("get"));
  add((policy + "/history").c_str(), history, http::by_policy("get"));
  add((policy + "/scores").c_str(), scores, http::by_policy("get"));
  add((policy + "/decisions").c_str(), [](const Backing& b, const http::Request& r) { return decisions(b, r, true); }, http::by_policy("get"));
  add("/api/v1/decisions", [](const Backing& b, const http::Request& r) { return decisions(b, r, false); }, by_listing("list"));
}

}  // namespace spillway::api
