#pragma once
#include <optional>

#include "model/base/observation.hpp"
#include "model/base/policy.hpp"
#include "model/estimate/capacity.hpp"
#include "model/estimate/patience.hpp"
#include "model/estimate/queue_filter.hpp"
#include "model/estimate/queueing.hpp"
#include "model/estimate/sensor_check.hpp"
#include "model/estimate/startup.hpp"
#include "model/estimate/state_estimate.hpp"
#include "model/signal/ring.hpp"
#include "model/signal/robust.hpp"

namespace spillway::estimate {

/// What one policy's controller believes about its service, corrected by each observation (design/model.md, "Estimation").
/// A value of about two kilobytes: copying it forks the belief. Deterministic; never produces NaN.
class Estimator {
 public:
  explicit Estimator(const Policy& policy);

  /// Takes in one observation. `now` must not decrease. Inputs that cannot be true are refused and listed in
  /// StateEstimate::rejections; whatever is missing or refused sets `degraded`.
  StateEstimate update(const Observation& observation, const Policy& policy, Seconds now);

 private:
  /// The believable part of one observation.
  struct Inputs {
    double dt = 0.0, window = 0.0;
    double ready = 0.0;
    std::optional<double> arrival_rate, throughput, waiting, measured_backlog, latency, utilization;
  };
  struct Sample {
    double time = 0.0, rate = 0.0;
  };

  Inputs read(const Observation& observation, const Policy& policy, double now, StateEstimate& out);
  std::optional<double> read_throughput(const Reading& reading, const Plausibility& facts, double backlog,
                                        std::vector<Rejection>& rejections);
  Plausibility judge_load(const Inputs& in) const;
  bool is_stuck(const Inputs& in, const Policy& policy) const;
  bool pods_are_free(const std::optional<double>& utilization, const std::optional<double>& throughput, double ready) const;
  double capacity_of(double ready) const;
  double waiting_part(double measured, double ready, const Policy& policy) const;

  void estimate_flow(const Inputs& in, const Policy& policy, StateEstimate& out);
  void see_offered_rate(const Inputs& in, const Policy& policy, StateEstimate& out);
  void see_queue(const Inputs& in, const Policy& policy, double served);
  bool looks_overloaded(const Inputs& in, const Policy& policy) const;
  bool looks_calm(const Inputs& in, const Policy& policy) const;
  std::optional<bool> looks_in_time(const Inputs& in, const Policy& policy) const;
  void learn_capacity(const Inputs& in, const Policy& policy, double now);
  std::optional<double> infer_throughput(const Inputs& in, const Policy& policy) const;
  void learn_service_time(const Inputs& in, const Policy& policy);
  bool has_settled(const Inputs& in, const Policy& policy, double now) const;
  void learn_queueing(const Inputs& in, const Policy& policy, double now);
  void learn_patience(const Inputs& in, const Policy& policy);
  double trend_correction(double rate, double delay) const;
  bool detect_shift(double rate, double window);
  Estimated concurrency(const Policy& policy) const;
  void judge_trust(const Policy& policy, StateEstimate& out) const;

  SensorCheck arrival_check_{"arrivalRate"}, throughput_check_{"throughput"}, backlog_check_{"backlog"},
      latency_check_{"latency"}, utilization_check_{"utilization"};
  QueueFilter filter_;
  Capacity capacity_;
  StartupLag startup_;
  Patience patience_;
  Queueing queueing_;
  signal::Ring<Sample, 4> recent_;   ///< believed arrival rates
  signal::Cusum shift_;
  double usual_rate_ = 0.0, usual_spread_ = 0.0;
  double base_latency_ = 0.0;        ///< seconds without waiting; 0 = unknown
  double previous_latency_ = 0.0;    ///< seconds; the last one believed
  double service_time_ = 0.0;        ///< seconds in service, by Little's law while nothing waits; 0 = unknown
  double overload_factor_ = 1.0;     ///< arrivals over completions while only completions are counted
  double now_ = 0.0;
  double ready_ = -1.0;
  double ready_since_ = 0.0, standing_since_ = 0.0;
  bool standing_ = false;
  double previous_waiting_ = 0.0;
  int above_capacity_ = 0;           ///< throughput samples in a row beyond what the pods can serve
  int believed_ = 0;                 ///< observations with a usable demand so far
  bool started_ = false;
};

}  // namespace spillway::estimate
