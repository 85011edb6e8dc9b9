#pragma once
#include <deque>
#include <optional>
#include <vector>

#include "model/decide/move_history.hpp"
#include "model/estimate/estimator.hpp"
#include "model/forecast/forecaster.hpp"
#include "model/loop/step.hpp"

namespace spillway::loop {

/// Replicas asked for at one moment; how pod ages are inferred when the source cannot list pods.
struct Asked {
  Seconds time{0.0};
  Replicas count = 0;
};

/// Whether the load is rising now: a fast against a slow exponential mean of the arrival rate.
class Trend {
 public:
  void observe(double rate);
  bool rising(Seconds period) const;

 private:
  double fast_ = 0.0;
  double slow_ = 0.0;
  bool started_ = false;
};

/// The largest of the counts seen within a window.
class RecentMaximum {
 public:
  void observe(Seconds now, Replicas count, Seconds window);
  Replicas value() const;

 private:
  std::deque<std::pair<Seconds, Replicas>> recent_;
};

struct Memory::Contents {
  explicit Contents(const Policy& policy) : estimator(policy), forecaster(policy) {}

  estimate::Estimator estimator;
  forecast::Forecaster forecaster;
  decide::MoveHistory moves;
  plan::Basis basis;
  std::vector<int> time_limited;  ///< plan::Plan::time_limited that the next step must repeat; only replay sets it
  Trend trend;
  /// What the one-line rule asked for lately. Until the forecaster has errors of its own to learn from, the plan may not go below it
  /// (docs/control-law.md, "warm-up floor").
  RecentMaximum warmup;
  RecentMaximum wanted;  ///< what the plan asked for lately; a small shrink waits until that is below
  std::vector<Asked> asked;

  std::optional<plan::Plan> last_plan;
  Seconds last_plan_time{0.0};
  std::optional<Seconds> missing_since;    ///< since when demand is unknown
  std::optional<Seconds> started;          ///< the first step's time
  std::optional<Seconds> last_step;
  std::optional<Seconds> last_observed;    ///< when the forecaster last took a sample
  Replicas last_replicas = 0;              ///< spec.replicas at the last step
  Replicas last_decided = 0;
  std::optional<Seconds> blind_at_zero;    ///< when demand was last unknown without a replica
  int samples = 0;                         ///< demand samples taken in
  bool history_is_recent = false;
};

}  // namespace spillway::loop
