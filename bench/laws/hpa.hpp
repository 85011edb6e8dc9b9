#pragma once
#include <optional>
#include <string>

#include "bench/laws/hpa_behavior.hpp"
#include "bench/laws/law.hpp"

namespace spillway::bench {

/// What an HPA looks at.
enum class HpaMetric {
  kUtilization,  ///< type Resource, averageUtilization: busy share of ready pods
  kRate,         ///< type External, AverageValue: requests per second and pod
  kQueueLength,  ///< type External, AverageValue: what KEDA feeds from a broker, waiting + in flight per pod
};

/// The recommendation for a Resource metric (replica_calculator.go, GetResourceReplicas): pods that are not ready are
/// left out, and when that asks for growth they count as using nothing, which damps it.
Replicas recommend_for_utilization(Replicas current, Replicas ready, double utilization, double target,
                                   double tolerance = 0.1);
/// The recommendation for an AverageValue of an external metric (GetExternalPerPodMetricReplicas).
Replicas recommend_for_average_value(Replicas current, double total, double target_per_pod, double tolerance = 0.1);

/// The horizontal pod autoscaler, autoscaling/v2: sync period 15 s, tolerance 10 %, default behaviour. A metric that
/// cannot be read means no change.
class Hpa : public Law {
 public:
  /// `target` is the set point as a share of capacity: utilisation, or rate and queue length per pod of it.
  Hpa(Service service, HpaMetric metric, double target, HpaBehavior behavior = {})
      : service_(service), metric_(metric), target_(target), behavior_(std::move(behavior)) {}

  std::string name() const override;
  double period() const override { return 15.0; }
  Replicas decide(const Sight& sight) override;

  /// What the metric asks for before behaviour and bounds; nothing if it cannot be read.
  std::optional<Replicas> recommend(const Sight& sight) const;

 private:
  Service service_;
  HpaMetric metric_;
  double target_;
  HpaBehavior behavior_;
};

}  // namespace spillway::bench
