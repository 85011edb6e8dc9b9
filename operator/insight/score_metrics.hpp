#pragma once
#include "operator/insight/read_model.hpp"
#include "operator/telemetry/metrics.hpp"

namespace spillway::insight {

/// Brings a policy's series about the quality of predictions and its open incidents up to date.
void publish(telemetry::MetricRegistry& registry, const Update& update);
/// The same for one incident that no decision has touched: acknowledged, or ended by time.
void publish(telemetry::MetricRegistry& registry, const Incident& incident);

}  // namespace spillway::insight
