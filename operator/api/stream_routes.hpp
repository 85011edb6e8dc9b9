#pragma once
#include <string>

#include "operator/api/backing.hpp"
#include "operator/api/hub.hpp"

namespace spillway::api {

/// /api/v1/stream: the hub's events as server-sent events.
void add_stream_routes(http::RouteTable& routes, const Backing& backing, Hub& hub);

/// What the query of a stream asks for. kInvalid names the parameter.
Result<Interest> interest_of(const http::Request& request);
/// Who may listen: a watch on the policies that the query names.
http::AccessRule by_interest();
/// The data of the hello event.
std::string hello_text(const Backing& backing, bool resumed);

}  // namespace spillway::api
