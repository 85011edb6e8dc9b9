#pragma once
#include <initializer_list>
#include <string>

#include "operator/api/backing.hpp"

namespace spillway::api {

/// Incidents, their acknowledgements, the feed and the audit.
void add_incident_routes(http::RouteTable& routes, const Backing& backing);

/// The optional `reason` of a control action. kInvalid: no text, or too long.
Result<std::string> reason_of(const Json& body);
/// kInvalid names a field that is not allowed.
Status only_fields(const Json& body, std::initializer_list<const char*> allowed);

}  // namespace spillway::api
