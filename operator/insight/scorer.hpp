#pragma once
#include <array>
#include <deque>
#include <optional>
#include <vector>

#include "model/forecast/event_score.hpp"
#include "operator/insight/sample.hpp"

namespace spillway::insight {

/// Error of the median forecast at one lead, judged when that moment had come.
struct HorizonScore {
  double lead = 0.0;  ///< seconds
  long samples = 0;
  double error_sum = 0.0;       ///< |forecast - demand|, requests per second
  double hold_error_sum = 0.0;  ///< of holding the level at which the forecast was made
};

/// How good a policy's predictions were. Every prediction is judged once, after its moment.
struct Scores {
  std::optional<double> since;        ///< seconds since 1970 of the first judged prediction
  std::vector<HorizonScore> horizons;  ///< by lead: one period, one start-up lag, half the horizon
  std::array<long, forecast::kQuantileLevels.size()> covered = {};  ///< demand at or below the quantile, one start-up lag ahead
  long coverage_samples = 0;
  forecast::EventScores breach;  ///< breach probability, and its rival: utilisation above kBusy
  long hits = 0;      ///< warnings of saturation that came true
  long false_alarms = 0;
  long misses = 0;
  std::deque<double> warning_leads;  ///< seconds from warning to saturation, the latest

  std::optional<double> median_warning_lead() const;
};

/// Keeps a policy's predictions until their moment has come and judges them by what was seen then. Pure but for its memory.
///
/// - Forecast: the demand seen at the first decision at or after the moment, if it comes within one period of it.
/// - Breach probability: whether at any decision within forecast::kBreachWithin more waited than the limit. As an alarm (kAlarm or more) it is
///   compared with what people use instead, utilisation above kBusy.
/// - Warning of saturation (a time to saturation where there was none): a hit if within the horizon demand passes what the replicas that were
///   ready AT THE WARNING could serve, so that growing in time does not turn a good warning into a false alarm. Saturation without a
///   warning in force is a miss.
class Scorer {
 public:
  static constexpr double kAlarm = 0.1;
  static constexpr double kBusy = 0.90;

  /// Takes in a decision; times must not decrease.
  void observe(const autoscaler_policy::Verdict& verdict, const Policy& policy, Seconds now);
  const Scores& scores() const { return scores_; }

 private:
  struct RatePrediction {
    double due = 0.0;
    std::size_t horizon = 0;  ///< index into scores_.horizons
    double rate_then = 0.0;
    std::array<double, forecast::kQuantileLevels.size()> quantiles = {};
  };
  struct Warning {
    double time = 0.0;
    double until = 0.0;
    double capacity = 0.0;  ///< requests per second of what was ready at the warning
  };

  void judge_rates(double rate, double period, double now);
  void judge_warning(const autoscaler_policy::Verdict& verdict, double horizon, double now);
  void remember(const autoscaler_policy::Verdict& verdict, const Policy& policy, double now);
  std::size_t horizon_of(std::size_t kind, double lead);

  Scores scores_;
  std::deque<RatePrediction> rates_;
  forecast::EventScore breach_{Seconds(forecast::kBreachWithin), kAlarm};
  bool saturated_ = false;
  std::optional<Warning> warning_;
};

}  // namespace spillway::insight
