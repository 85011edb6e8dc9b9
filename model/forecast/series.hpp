#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <vector>

namespace spillway::forecast {

/// The median of the last values, which it keeps sorted.
class RunningMedian {
 public:
  explicit RunningMedian(std::size_t window) : window_(window) { sorted_.reserve(window + 1); }

  std::size_t window() const { return window_; }
  /// Takes in `newest`; `oldest` is the value that leaves a full window.
  void push(float newest, float oldest) {
    if (sorted_.size() == window_) sorted_.erase(std::lower_bound(sorted_.begin(), sorted_.end(), oldest));
    sorted_.insert(std::upper_bound(sorted_.begin(), sorted_.end(), newest), newest);
  }
  void clear() { sorted_.clear(); }
  /// Precondition: not empty.
  double value() const { return 0.5 * (static_cast<double>(sorted_[(sorted_.size() - 1) / 2]) + sorted_[sorted_.size() / 2]); }

 private:
  std::size_t window_;
  std::vector<float> sorted_;
};

/// The recent past of one demand series at the control period, with its running summaries.
class Series {
 public:
  static constexpr std::size_t kKept = 3072;

  Series() : values_(kKept, 0.0F) {}

  void push(double rate) {
    for (RunningMedian& median : medians_) {
      const auto oldest = static_cast<long>(median.window()) - 1;
      median.push(static_cast<float>(rate), has(oldest) ? static_cast<float>(at(oldest)) : 0.0F);
    }
    values_[static_cast<std::size_t>(count_) % kKept] = static_cast<float>(rate);
    ++count_;
    if (count_ == 1) {
      level_ = {rate, rate, rate, rate};
      trend_level_ = rate;
    }
    for (std::size_t i = 0; i < level_.size(); ++i) {
      // The first samples of a slow mean count equally.
      const double gain = std::max(kGain[i], 1.0 / static_cast<double>(count_));
      level_[i] += gain * (rate - level_[i]);
    }
    const double previous = trend_level_;
    trend_level_ += 0.5 * (rate - (trend_level_ + kDamping * trend_));
    trend_level_ += kDamping * trend_;
    trend_ = 0.1 * (trend_level_ - previous) + 0.9 * kDamping * trend_;
    highest_ = std::max(highest_, rate);
  }
  void raise_highest(double rate) { highest_ = std::max(highest_, rate); }
  void restart() {
    count_ = 0;
    trend_ = 0.0;
    for (RunningMedian& median : medians_) median.clear();
  }

  long count() const { return count_; }
  bool has(long age) const { return age >= 0 && age < count_ && age < static_cast<long>(kKept); }
  /// The rate `age` periods ago. Precondition: has(age).
  double at(long age) const { return values_[static_cast<std::size_t>(count_ - 1 - age) % kKept]; }
  double last() const { return at(0); }
  /// Exponentially smoothed rates, fast (0) to very slow (3).
  double level(std::size_t i) const { return level_[i]; }
  /// Median of the last values, over a short (0) and a long window (1). Precondition: count() > 0.
  double median(std::size_t i) const { return medians_[i].value(); }
  /// Damped trend (Gardner and McKenzie, "Forecasting trends in time series", 1985), `steps` ahead.
  double trended(double steps) const {
    return std::max(0.0, trend_level_ + trend_ * kDamping * (1.0 - std::pow(kDamping, steps)) / (1.0 - kDamping));
  }
  double highest() const { return highest_; }

 private:
  static constexpr double kDamping = 0.9;
  static constexpr double kGain[4] = {0.5, 0.15, 0.04, 0.005};
  std::vector<float> values_;
  std::vector<double> level_ = std::vector<double>(4, 0.0);
  std::array<RunningMedian, 2> medians_ = {RunningMedian(31), RunningMedian(255)};
  double trend_level_ = 0.0, trend_ = 0.0;
  double highest_ = 0.0;
  long count_ = 0;
};

}  // namespace spillway::forecast
