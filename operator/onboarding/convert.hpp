#pragma once
#include <optional>
#include <string>

#include "model/base/result.hpp"
#include "operator/kube/json.hpp"
#include "operator/onboarding/draft.hpp"

namespace spillway::onboarding {

struct ConversionOptions {
  /// The PromQL behind the object's metric, where a metrics adapter gives it another name; empty = take the names as they stand.
  std::string arrival_rate_query;
  std::string prometheus_address;  ///< empty: the object's own, else the operator's default
};

/// An AutoscalerPolicy that does what a HorizontalPodAutoscaler (autoscaling/v1 or v2) does, as far as there is an equivalent; what has none
/// stands in the head's list and in comments. kInvalid: no such object, or one without a target.
Result<Draft> convert_horizontal_pod_autoscaler(const kube::Json& object, const ConversionOptions& options);

/// The same for KEDA's ScaledObject (keda.sh/v1alpha1).
Result<Draft> convert_scaled_object(const kube::Json& object, const ConversionOptions& options);

}  // namespace spillway::onboarding
