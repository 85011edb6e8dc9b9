#pragma once
#include "operator/insight/read_model.hpp"
#include "operator/telemetry/metrics.hpp"

namespace spillway::insight {

/// Brings a policy's series about the quality of predictions and its open incidents up to date.
void publish(telemetry::MetricRegistry& registry, const Update& update);

}  // namespace spillway::insight
