#include "bench/laws/predictive_hpa.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace spillway::bench {

void HoltWinters::add(double value) {
  last_ = value;
  if (!started_) {
    first_.push_back(value);
    if (first_.size() >= std::max<std::size_t>(2, 2 * season_)) start();
    return;
  }
  const double season = season_ > 0 ? seasonal_[phase_] : 0.0;
  const double level = alpha_ * (value - season) + (1.0 - alpha_) * (level_ + trend_);
  trend_ = beta_ * (level - level_) + (1.0 - beta_) * trend_;
  level_ = level;
  if (season_ == 0) return;
  seasonal_[phase_] = gamma_ * (value - level) + (1.0 - gamma_) * season;
  phase_ = (phase_ + 1) % season_;
}

// The usual start: level and trend from the means of the first two seasons, seasonal terms from the first one's
// deviations.
void HoltWinters::start() {
  started_ = true;
  if (season_ == 0) {
    level_ = first_[1];
    trend_ = first_[1] - first_[0];
    return;
  }
  const auto n = static_cast<std::ptrdiff_t>(season_);
  const double m1 = std::accumulate(first_.begin(), first_.begin() + n, 0.0) / static_cast<double>(n);
  const double m2 = std::accumulate(first_.begin() + n, first_.end(), 0.0) / static_cast<double>(n);
  level_ = m2;
  trend_ = (m2 - m1) / static_cast<double>(n);
  for (std::size_t i = 0; i < season_; ++i) seasonal_.push_back(0.5 * (first_[i] - m1 + first_[i + season_] - m2));
  first_.clear();
}

double HoltWinters::ahead(std::size_t steps) const {
  if (!started_) return last_;
  const double season = season_ > 0 ? seasonal_[(phase_ + steps - 1) % season_] : 0.0;
  return level_ + static_cast<double>(steps) * trend_ + season;
}

Replicas PredictiveHpa::decide(const Sight& sight) {
  const Replicas now = hpa_.recommend(sight).value_or(sight.seen.replicas);
  trend_.add(now);
  seasonal_.add(now);
  const auto steps = static_cast<std::size_t>(std::ceil(service_.startup / period())) + 1;
  const double most = std::min(1e6, std::max(trend_.ahead(steps), seasonal_.ahead(steps)));
  const auto ahead = static_cast<Replicas>(std::ceil(most - 1e-9));
  return behavior_.limit(sight.now, sight.seen.replicas, std::max(now, ahead), service_.min, service_.max);
}

}  // namespace spillway::bench
