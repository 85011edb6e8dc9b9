#pragma once
#include "operator/kube/json_view.hpp"
#include "operator/onboarding/convert.hpp"
#include "operator/onboarding/metric_catalogue.hpp"

/// What the two conversions share: both objects carry an HPA's behavior, and both describe demand by "so much per replica".
namespace spillway::onboarding {

/// The demand that an autoscaler follows: a query, and the load that each replica is to carry.
struct Demand {
  std::string query;
  std::optional<double> per_replica;
  std::string source;          ///< how the original calls it, for the comment
  bool is_backlog = false;     ///< counts waiting work instead of requests per second
};

/// The original's identity and target; kInvalid if the kind differs or no target is named.
Result<Draft> begin_conversion(const kube::Json& object, const char* kind);

/// HPA behavior (stabilisation, policies, selectPolicy, tolerance) -> spec.behavior. `rules` is a null value if absent.
void convert_behavior(Draft& draft, const kube::Json& behavior);

/// Puts the first usable demand into spec.metrics and spec.capacity, or a guess that says so; the other demands become notes.
void set_demand(Draft& draft, const std::vector<Demand>& demands, const ConversionOptions& options);

/// The last paragraphs: how to change over without a move.
void finish_conversion(Draft& draft, const std::string& removal);

/// The value of a quantity ("5", "500m"), or nothing.
std::optional<double> quantity_value(const kube::Json& value);

/// Whether a metric's or trigger's name speaks of waiting work rather than of requests per second.
bool names_a_queue(const std::string& name);

}  // namespace spillway::onboarding
