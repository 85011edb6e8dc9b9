#pragma once
#include <span>

namespace spillway::signal {

/// The p-quantile (0..1) by linear interpolation between order statistics; 0 for no values. Reorders `values`.
double quantile_in_place(std::span<double> values, double p);

/// The median; 0 for no values. Reorders `values`.
double median_in_place(std::span<double> values);

/// Two-sided cumulative sum detector of a shift in the mean of a standardised sequence (Page, "Continuous inspection
/// schemes", 1954). Feeding z-scores with the usual slack 0.5 and threshold 5 finds a shift of one standard deviation
/// after about ten samples and a shift of six at once, with a false alarm about every 900 samples of white noise.
class Cusum {
 public:
  Cusum(double slack = 0.5, double threshold = 5.0) : slack_(slack), threshold_(threshold) {}

  /// Takes in one z-score. True when a shift is found; the sums then start again. Not-finite scores are ignored.
  bool add(double z);

 private:
  double slack_, threshold_;
  double above_ = 0.0, below_ = 0.0;
};

}  // namespace spillway::signal
