#pragma once
#include <array>
#include <cmath>

#include "model/forecast/forecast.hpp"

namespace spillway::forecast {

/// The pinball loss of a quantile: its mean is least for the true p-quantile (Koenker and Bassett, 1978).
inline double pinball(double p, double said, double truth) {
  return truth > said ? p * (truth - said) : (1.0 - p) * (said - truth);
}

/// The 95th percentile between those of 93 and 97 %, on the scale of normal scores.
inline double upper95(double at93, double at97) { return at93 + (1.6449 - 1.4758) / (1.8808 - 1.4758) * (at97 - at93); }

/// A mean in which older values fade.
class FadingMean {
 public:
  explicit FadingMean(double fade = 0.995) : fade_(fade) {}
  void add(double value) {
    sum_ = fade_ * sum_ + value;
    weight_ = fade_ * weight_ + 1.0;
  }
  double value() const { return weight_ > 0.0 ? sum_ / weight_ : 0.0; }
  double weight() const { return weight_; }

 private:
  double fade_, sum_ = 0.0, weight_ = 0.0;
};

/// Scores the forecasts of one lead as they come due.
struct RunningLeadScore {
  FadingMean error, hold_error, pinball97, covered;

  void learn(double median, double hold, double at95, double at97, double rate) {
    error.add(std::abs(median - rate));
    hold_error.add(std::abs(hold - rate));
    pinball97.add(pinball(0.97, at97, rate));
    covered.add(rate <= at95 ? 1.0 : 0.0);
  }
  double skill() const { return hold_error.value() > 0.0 ? 1.0 - error.value() / hold_error.value() : 0.0; }
};

}  // namespace spillway::forecast
