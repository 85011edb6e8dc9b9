#include "model/forecast/jump.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::forecast {
namespace {
constexpr double kFar = 8.0;     // usual errors (mean absolute); of a Gaussian one in 10^10 is that large
constexpr double kLeast = 0.25;  // of a logarithm: smaller ones are the candidates' business
constexpr int kLasts = 8;        // periods; then smoothing has arrived and regrets have turned
constexpr double kFade = 0.95;   // per jump
constexpr double kTells = 2.0;   // odds gained by whoever is right one period ahead
}  // namespace

void Jump::observe(double level, double expected, double expected_early, double usual_error) {
  if (age_ >= 0) follow(level, expected, expected_early, usual_error);
  if (age_ >= 0 || std::abs(level - expected) < std::max(kFar * usual_error, kLeast)) return;
  from_ = expected;
  to_ = level;
  age_ = 0;
  odds_ = stayed_ / other_;
}

void Jump::follow(double level, double expected, double expected_early, double usual_error) {
  ++age_;
  const double of_hold = std::abs(level - to_), of_mix = std::abs(level - expected);
  if (of_hold + usual_error < of_mix) odds_ *= kTells;
  if (of_mix + usual_error < of_hold) odds_ /= kTells;
  if (age_ == kJudgedAfter) {
    const double of_early_mix = std::abs(level - expected_early);
    const bool hold_was_right = of_hold + usual_error < of_early_mix, mix_was_right = of_early_mix + usual_error < of_hold;
    if (hold_was_right || mix_was_right) {
      stayed_ = kFade * stayed_ + (hold_was_right ? 1.0 : 0.0);
      other_ = kFade * other_ + (mix_was_right ? 1.0 : 0.0);
    }
  }
  const bool still = of_hold < std::abs(level - from_);
  if (age_ >= kLasts || (age_ >= kJudgedAfter && !still)) age_ = -1;
}

double Jump::stays() const { return age_ < 0 ? 0.0 : odds_ / (1.0 + odds_); }

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
