#include "operator/http/dashboard.hpp"

#include "operator/http/dashboard_assets.hpp"

namespace spillway::http {
namespace {

// Nothing from other hosts, no inline script or style, nobody may frame it.
constexpr const char* kContentPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";

Response serve(const Asset& asset) {
  // The page names its files by their content's hash: it is asked for anew each time, they never change.
  const bool page = asset.path == "/";
  return {200,
          std::string(asset.body),
          std::string(asset.content_type),
          {{"Cache-Control", page ? "no-cache" : "public, max-age=31536000, immutable"},
           {"Content-Security-Policy", kContentPolicy},
           {"Referrer-Policy", "no-referrer"},
           {"X-Content-Type-Options", "nosniff"}}};
}

}  // namespace

void add_dashboard(RouteTable& routes) {
  for (const Asset& asset : dashboard_assets()) {
    routes.add("GET", std::string(asset.path), [&asset](const Request&) { return serve(asset); }, open_to_all());
  }
  if (!dashboard_assets().empty()) return;
  routes.add(
      "GET", "/",
      [](const Request&) { return Response{200, "This operator was built without the dashboard. The API: /api/v1/docs\n"}; },
      open_to_all());
}

}  // namespace spillway::http
