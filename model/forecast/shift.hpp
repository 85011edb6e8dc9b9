#pragma once
#include "model/forecast/error_quantiles.hpp"
#include "model/signal/ring.hpp"

namespace spillway::forecast {

/// Demand that has just risen beyond what its usual errors explain, by a jump or by drifting away: does it go on from where it is, or do what
/// the mix of candidates says? What was learned on noise around a level says that it comes back, whatever happened, and takes some ten
/// periods to learn better; those are the ones that matter. So a second opinion stands beside the mix for a while: the demand since the
/// change, carried on along a line. Who was right after earlier changes gives the odds, and each period that follows moves them. A fall
/// is left to the mix: to believe it early saves little, and to believe a metric that vanished is dear.
///
/// Changes are found by a one-sided cumulative sum of the errors one period ahead (Page, "Continuous inspection schemes", 1954).
class Shift {
 public:
  /// What the mix had said of the period that has ended, one period and kEarly periods before.
  struct Mix {
    double next = 0.0, early = 0.0;
  };
  static constexpr int kEarly = 3;

  /// The demand of the period that has ended. `offset` keeps logarithms tame; `usual_error` is the mix's mean absolute log-error one period ahead.
  void observe(double rate, const Mix& mix, double usual_error, double offset);
  /// P(the second opinion is right); 0 when there is no change.
  double probability() const { return age_ < 0 ? 0.0 : odds_ / (1.0 + odds_); }
  /// The second opinion of the demand so many periods ahead. While probability() > 0.
  double rate(double periods) const;

 private:
  void look_for_alarm(double error, double usual_error);
  void follow(double rate, const Mix& mix, double usual_error, double offset);
  void count(bool was_right);
  void draw_line();

  double sum_ = 0.0;               ///< of errors, in usual ones
  int summed_ = 0;                 ///< periods since it left zero
  signal::Ring<double, 8> rates_;  ///< the latest
  int since_ = 0;                  ///< how many of them belong to the change
  int age_ = -1;                   ///< periods since the alarm; -1: none
  double level_ = 0.0, slope_ = 0.0;  ///< of the line: now, and per period
  Mix said_;                       ///< the second opinion at the last period and at the alarm
  double odds_ = 1.0;              ///< that it is right this time
  double right_ = 1.0, wrong_ = 1.0;  ///< earlier times, fading; one of each before any was seen
};

/// Quantiles of a mixture: with probability `share` from `second`, else from `first`. All non-decreasing.
Quantiles mixture(const Quantiles& first, const Quantiles& second, double share);

}  // namespace spillway::forecast
