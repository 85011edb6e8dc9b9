#pragma once
#include "operator/api/backing.hpp"
#include "operator/push/point_store.hpp"

namespace spillway::api {

/// Points that are pushed for services outside Prometheus, each judged on its own.
void add_ingest_routes(http::RouteTable& routes, const Backing& backing, push::PointStore& points);

}  // namespace spillway::api
