#include "crds/v1alpha1/codec.hpp"
#include "operator/api/backing.hpp"
#include "operator/api/embedded.hpp"

namespace spillway::api {
namespace {

http::Response about(const Backing& backing, const http::Request& request) {
  return answer({{"version", backing.version},
                 {"identity", backing.identity},
                 {"leading", backing.leading()},
                 {"startedAt", moment(backing.started)},
                 {"time", moment(backing.now())},
                 {"zones", view(backing.zones)},
                 {"caller", {{"name", request.caller.user.name}, {"groups", request.caller.user.groups}, {"authenticated", backing.authenticated}}}});
}

http::Response health(const Backing& backing) {
  const bool synced = backing.synced();
  return answer({{"status", synced ? "Ok" : "Starting"}, {"leading", backing.leading()}, {"synced", synced}}, synced ? 200 : 503);
}

void add_file(http::RouteTable& routes, const char* path, std::string_view text, const char* type) {
  routes.add("GET", path, [text, type](const http::Request&) { return http::Response{200, std::string(text), type, {}}; }, http::open_to_all());
}

}  // namespace

void add_about_routes(http::RouteTable& routes, const Backing& backing) {
  routes.add("GET", "/api/v1/about", [&backing](const http::Request& request) { return about(backing, request); }, by_listing("list"));
  routes.add("GET", "/health", [&backing](const http::Request&) { return health(backing); }, http::open_to_all());
  const auto document = v1alpha1::yaml_to_json(embedded::kOpenApi);
  const std::string text = document ? document->dump() : "{}";  // a test reads it, so that it is always a document
  routes.add("GET", "/api/v1/openapi.json", [text](const http::Request&) { return http::Response{200, text, "application/json", {}}; }, http::open_to_all());
  add_file(routes, "/api/v1/docs", embedded::kDocsPage, "text/html; charset=utf-8");
  add_file(routes, "/api/v1/docs.js", embedded::kDocsScript, "text/javascript; charset=utf-8");
  add_file(routes, "/api/v1/docs.css", embedded::kDocsStyle, "text/css; charset=utf-8");
}

}  // namespace spillway::api
