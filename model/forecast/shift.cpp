#include "model/forecast/shift.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace spillway::forecast {
namespace {
constexpr double kSlack = 1.0, kAlarm = 8.0;  // usual errors; of Gaussian noise one alarm in some 20000 periods
constexpr int kLasts = 12;                    // periods; then the mix has learned
constexpr double kUnlikely = 0.2;             // odds at which the second opinion is dropped
constexpr double kMostTold = 8.0;             // factor on the odds that one period is worth at most
constexpr double kFade = 0.95;                // per change
constexpr double kSteady = 2.0;               // pulls the slope of few points to zero
constexpr double kDamping = 0.9;              // of the slope, per period ahead

double log_error(double rate, double said, double offset) { return std::abs(std::log((rate + offset) / (said + offset))); }
}  // namespace

void Shift::observe(double rate, const Mix& mix, double usual_error, double offset) {
  rates_.push(rate);
  if (age_ >= 0) follow(rate, mix, usual_error, offset);
  else look_for_alarm(std::log((rate + offset) / (mix.next + offset)), usual_error);
  if (age_ < 0) return;
  draw_line();
  said_.next = this->rate(1.0);
  if (age_ == 0) said_.early = this->rate(kEarly);
}

void Shift::look_for_alarm(double error, double usual_error) {
  sum_ = std::max(0.0, sum_ + error / usual_error - kSlack);
  summed_ = sum_ > 0.0 ? summed_ + 1 : 0;
  if (sum_ < kAlarm) return;
  since_ = std::exchange(summed_, 0);
  sum_ = 0.0;
  age_ = 0;
  odds_ = right_ / wrong_;
}

void Shift::follow(double rate, const Mix& mix, double usual_error, double offset) {
  ++age_;
  ++since_;
  // Both errors as Laplace likelihoods.
  const double better = log_error(rate, mix.next, offset) - log_error(rate, said_.next, offset);
  odds_ *= std::clamp(std::exp(better / (2.0 * usual_error)), 1.0 / kMostTold, kMostTold);
  const bool dropped = odds_ < kUnlikely;
  if (age_ == kEarly) {
    const double early = log_error(rate, mix.early, offset) - log_error(rate, said_.early, offset);
    if (std::abs(early) > usual_error) count(early > 0.0);
  } else if (age_ < kEarly && dropped) {
    count(false);
  }
  if (dropped || age_ >= kLasts) age_ = -1;
}

void Shift::count(bool was_right) {
  right_ = kFade * right_ + (was_right ? 1.0 : 0.0);
  wrong_ = kFade * wrong_ + (was_right ? 0.0 : 1.0);
}

/// Least squares through the demand since the change. The first period of it is left out where there are others: a part of it may
/// lie before.
void Shift::draw_line() {
  int n = std::min(since_, static_cast<int>(rates_.size()));
  if (n >= 3 && n == since_) --n;
  double mean = 0.0, product = 0.0, square = 0.0;
  for (int age = 0; age < n; ++age) mean += rates_[static_cast<std::size_t>(age)] / n;
  const double middle = 0.5 * (n - 1);
  for (int age = 0; age < n; ++age) {
    const double x = middle - age;
    product += x * (rates_[static_cast<std::size_t>(age)] - mean);
    square += x * x;
  }
  slope_ = std::max(0.0, product / (square + kSteady));  // it may have turned meanwhile
  level_ = mean + slope_ * middle;
}

double Shift::rate(double periods) const {
  return std::max(0.0, level_ + slope_ * (1.0 - std::pow(kDamping, periods)) / (1.0 - kDamping));
}

Quantiles mixture(const Quantiles& first, const Quantiles& second, double share) {
  // The value at a level is where both distribution functions together reach it: found along the line between the given quantiles.
  const auto reached = [](const Quantiles& of, double x) {
    if (x <= of.front()) return x < of.front() ? 0.0 : kQuantileLevels.front();
    for (std::size_t i = 1; i < of.size(); ++i) {
      if (x > of[i]) continue;
      const double width = of[i] - of[i - 1];
      const double part = width > 0.0 ? (x - of[i - 1]) / width : 1.0;
      return kQuantileLevels[i - 1] + part * (kQuantileLevels[i] - kQuantileLevels[i - 1]);
    }
    return 1.0;
  };
  Quantiles out{};
  for (std::size_t i = 0; i < out.size(); ++i) {
    double low = std::min(first.front(), second.front()), high = std::max(first.back(), second.back());
    for (int halving = 0; halving < 30; ++halving) {
      const double middle = 0.5 * (low + high);
      const bool enough = (1.0 - share) * reached(first, middle) + share * reached(second, middle) >= kQuantileLevels[i];
      (enough ? high : low) = middle;
    }
    out[i] = high;
  }
  return out;
}

}  // namespace spillway::forecast
