#pragma once
#include "operator/api/backing.hpp"
#include "operator/api/caller_client.hpp"

namespace spillway::api {

/// Mode, profile, decide now, relearn: patches of the custom resource with the caller's rights, each one audited.
void add_control_routes(http::RouteTable& routes, const Backing& backing, CallerClient& client);

}  // namespace spillway::api
