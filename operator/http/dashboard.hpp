#pragma once
#include "operator/http/routes.hpp"

namespace spillway::http {

/// Adds the dashboard's files: "/" and "/assets/...". They hold no data and are open to all; what they show comes from the API, with
/// the reader's token.
void add_dashboard(RouteTable& routes);

}  // namespace spillway::http
