#pragma once
#include <memory>
#include <optional>
#include <string>

#include "model/base/observation.hpp"

namespace spillway::bench {

/// What a law sees at one of its ticks.
struct Sight {
  double now = 0.0;  ///< seconds
  Observation seen;
  /// Mean number of requests in the system (waiting + in service) over the law's last period: what a queue proxy
  /// reports to the Knative autoscaler, or a broker's queue length with messages in flight. Absent before the first
  /// full period.
  std::optional<double> concurrency;
};

/// What every law is told about the service it scales.
struct Service {
  double capacity = 25.0;    ///< requests per second and replica at full use
  double concurrency = 1.0;  ///< requests that a replica serves at once
  double target = 0.7;       ///< set point: share of the capacity to use
  Replicas min = 1;
  Replicas max = 100;
  double period = 15.0;   ///< control period of the laws that have no period of their own, seconds
  double startup = 30.0;  ///< asked -> ready, seconds
};

/// A rule that scales. One object serves one run.
class Law {
 public:
  virtual ~Law() = default;
  virtual std::string name() const = 0;
  /// Seconds between decisions.
  virtual double period() const = 0;
  /// The replicas to ask for now.
  virtual Replicas decide(const Sight& sight) = 0;
};

using LawPtr = std::unique_ptr<Law>;

}  // namespace spillway::bench
