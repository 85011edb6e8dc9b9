#pragma once
#include "model/forecast/error_quantiles.hpp"

namespace spillway::forecast {

/// Demand that has just left everything that its usual errors explain: will it stay where it is, as hold says, or do what the mix says?
/// Candidates that were learned on noise say that it comes back, whatever happened; after a step that is wrong at the one moment that
/// matters. Who was right after earlier jumps gives the odds, and each period that follows moves them.
class Jump {
 public:
  static constexpr int kJudgedAfter = 3;  ///< periods

  /// The demand of the period that has ended; what the mix had said of it one period and kJudgedAfter periods before; the usual error of
  /// the former. All as logarithms.
  void observe(double level, double expected, double expected_early, double usual_error);
  /// P(it stays where it is); 0 when there is no jump.
  double stays() const;

 private:
  void follow(double level, double expected, double expected_early, double usual_error);

  double from_ = 0.0, to_ = 0.0;  ///< logarithms before and after
  int age_ = -1;                  ///< periods since the jump; -1: none
  double odds_ = 1.0;             ///< that this one stays
  double stayed_ = 1.0, other_ = 1.0;  ///< earlier ones, fading; one of each before any was seen
};

/// Quantiles of a mixture: with probability `share` from `second`, else from `first`. All non-decreasing.
Quantiles mixture(const Quantiles& first, const Quantiles& second, double share);

}  // namespace spillway::forecast
