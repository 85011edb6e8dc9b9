#pragma once
#include <functional>
#include <string>

#include "operator/api/views.hpp"
#include "operator/http/routes.hpp"
#include "operator/insight/read_model.hpp"
#include "operator/io/clock.hpp"

namespace spillway::api {

/// What all handlers of the API stand on; it outlives them.
struct Backing {
  insight::ReadModel& model;
  const io::Clock& clock;
  std::function<bool()> leading;
  std::function<bool()> synced;
  std::function<int()> queue_depth;
  std::function<int()> stream_clients;
  std::string version;
  std::string identity;
  double started = 0.0;  ///< seconds since 1970
  Zones zones;
  bool authenticated = true;  ///< false: `auth: none`

  double now() const { return io::to_seconds(clock.wall()).value(); }
};

/// A verb on the policies of the query's `namespace`, or of all namespaces.
http::AccessRule by_listing(std::string verb);

/// Wraps a handler of live figures: 503 while this process does not lead.
http::Handler while_leading(const Backing& backing, http::Handler handler);

/// Wraps a handler that changes something: 403 for what a page of another site makes a browser send, as it may with `auth: none`.
http::Handler same_site(http::Handler handler);

/// The policy that a path names.
kube::ObjectKey key_of(const http::Request& request);
/// 404 in the words of the API.
http::Response no_such_policy(const kube::ObjectKey& key);
/// What to answer for a policy without a page: 503 `Starting` while it may exist and was not looked at yet since the start, else 404.
http::Response no_page(const Backing& backing, const kube::ObjectKey& key);

void add_observe_routes(http::RouteTable& routes, const Backing& backing);
void add_about_routes(http::RouteTable& routes, const Backing& backing);

/// The document for /api/v1/overview, and its first lines for the stream's overview event.
Json overview_view(const Backing& backing, const std::string& ns);
Json overview_head(const insight::Fleet& fleet, double now);

}  // namespace spillway::api
