#pragma once
#include <vector>

#include "bench/laws/hpa.hpp"

namespace spillway::bench {

/// Additive Holt-Winters smoothing (Holt 1957, Winters 1960) with trend; with a season of 0 it is Holt's linear method.
class HoltWinters {
 public:
  HoltWinters(double alpha, double beta, double gamma, std::size_t season)
      : alpha_(alpha), beta_(beta), gamma_(gamma), season_(season) {}

  void add(double value);
  /// The forecast `steps` ahead; before two seasons are known (two values without season) the last value.
  double ahead(std::size_t steps) const;

 private:
  void start();

  double alpha_, beta_, gamma_;
  std::size_t season_;
  std::vector<double> first_;  ///< values kept until the components can be started
  bool started_ = false;
  double level_ = 0.0, trend_ = 0.0, last_ = 0.0;
  std::vector<double> seasonal_;
  std::size_t phase_ = 0;
};

/// A predictive HPA as jthomperoo/predictive-horizontal-pod-autoscaler does it: the HPA's own recommendation goes into
/// a history of replica counts; a linear trend (Holt) and, once two seasons are known, Holt-Winters forecast it for the
/// start-up lag and one sync ahead; the largest of the three passes through the HPA's behaviour.
class PredictiveHpa : public Law {
 public:
  PredictiveHpa(Service service, double target, std::size_t season_syncs)
      : service_(service),
        hpa_(service, HpaMetric::kUtilization, target),
        trend_(0.5, 0.1, 0.0, 0),
        seasonal_(0.5, 0.1, 0.3, season_syncs) {}

  std::string name() const override { return "predictive HPA"; }
  double period() const override { return 15.0; }
  Replicas decide(const Sight& sight) override;

 private:
  Service service_;
  Hpa hpa_;
  HoltWinters trend_, seasonal_;
  HpaBehavior behavior_;
};

}  // namespace spillway::bench
