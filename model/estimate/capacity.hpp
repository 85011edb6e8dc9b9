#pragma once
#include <limits>
#include <optional>

#include "model/base/policy.hpp"
#include "model/estimate/state_estimate.hpp"

namespace spillway::estimate {

/// What one observation says about the service rate per replica; everything already checked for sense.
struct CapacityEvidence {
  double dt = 0.0;                        ///< seconds since the last observation
  double ready = 0.0;                     ///< replicas that served
  bool ready_steady = false;              ///< unchanged for so long that all metrics are of them
  double arrival_rate = 0.0;              ///< requests per second
  std::optional<double> throughput;       ///< requests per second
  double throughput_sigma = 0.02;         ///< of its logarithm, beside the counting error
  std::optional<double> utilization;      ///< 0..1 per replica
  std::optional<double> service_time;     ///< seconds a request occupies its place, without waiting
  bool queue_standing = false;            ///< work was waiting all through the averaging window
  bool queue_growing = false;             ///< and grew, by what arrives and is not served: every replica is busy, whatever the balancing
  bool calm = false;                      ///< nothing waits: what is served is no more than what is possible
  /// By the latency query, where there is one: in time (below the limit of lateness, and nothing else speaks against it), or late.
  std::optional<bool> in_time;
};

/// Learns mu, the requests per second that one ready replica serves at full use. Sources, best first: throughput per replica
/// while work is waiting; the utilisation law mu = X / (n U); c / service time (Little's law); and, until one of those speaks,
/// the assumption that the present operating point is the set point. While latency shows that requests are in time, that assumption is
/// raised by a tenth over what has been served so, again and again, until a tenth more makes them late: a search for what nobody told.
class Capacity {
 public:
  explicit Capacity(const Policy& policy);

  void update(const CapacityEvidence& evidence, const Policy& policy);

  Estimated mu() const;
  bool shifted() const { return shifted_; }  ///< a sudden change was found by the last update

 private:
  void correct(double sample, double sigma);
  void return_to_given(double dt);
  void assume_operating_point(const CapacityEvidence& evidence, double set_point);
  void search(const CapacityEvidence& evidence, double set_point);

  std::optional<double> given_;
  double mu_ = 0.0;     ///< 0 = nothing known yet
  double sigma_ = 0.0;  ///< of log mu
  double return_seconds_ = 0.0;  ///< time constant of the way back to a given capacity
  bool is_returning_ = false;
  double reached_ = 0.0;  ///< highest throughput per replica served calmly, fading
  double in_time_ = 0.0;   ///< highest arrivals per replica that were served in time, requests per second
  double search_limit_ = std::numeric_limits<double>::infinity();  ///< a mu that made requests late
  int late_ = 0;        ///< looks in a row
  int surprises_ = 0;   ///< samples in a row far off in one direction (signed)
  bool measured_ = false;
  bool shifted_ = false;
};

}  // namespace spillway::estimate
