#pragma once
#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace spillway::forecast {

/// A convex mix of N experts that learns its weights from polynomial potentials of their regrets (ML-Poly: Gaillard, Stoltz and
/// van Erven, "A second-order bound with excess losses", 2014). Regrets are taken on the gradient of the absolute error, so the
/// mix competes with the best fixed mixture and not only with the best single expert; an expert that adds nothing has no weight.
/// There is nothing to tune but how fast the past fades. Expert 0 speaks always and alone until others have earned weight.
template <std::size_t N>
class Aggregation {
 public:
  using Values = std::array<float, N>;  ///< what the experts say; negative = silent
  using Weights = std::array<double, N>;

  /// The experts had said `said`, the mix had been `mixed`, and then came `truth`.
  void learn(const Values& said, double mixed, double truth) {
    const double slope = mixed > truth ? 1.0 : mixed < truth ? -1.0 : 0.0;
    error_ = kFade * error_ + std::abs(static_cast<double>(said[0]) - truth);
    weight_ = kFade * weight_ + 1.0;
    for (std::size_t i = 0; i < N; ++i) {
      if (said[i] < 0.0F) continue;
      const auto regret = static_cast<float>(slope * (mixed - static_cast<double>(said[i])));
      Expert& expert = experts_[i];
      expert.regret = kFade * expert.regret + regret;
      expert.square = kFade * expert.square + regret * regret;
      expert.heard = std::min(expert.heard + 1.0F, kHeard);
    }
  }

  /// Of the experts that speak now; they sum to 1.
  Weights weights(const Values& said) const {
    Weights weight{};
    double total = 0.0;
    const double usual = weight_ > 0.0 ? error_ / weight_ : 0.0;
    for (std::size_t i = 0; i < N; ++i) {
      const Expert& expert = experts_[i];
      const double regret = static_cast<double>(expert.regret) + (i == 0 ? kHeadStart * usual : 0.0);
      if (said[i] < 0.0F || regret <= 0.0 || (i > 0 && expert.heard < kHeard)) continue;
      weight[i] = regret / (static_cast<double>(expert.square) + usual * usual + 1e-300);
      total += weight[i];
    }
    if (total > 0.0) {
      for (double& w : weight) w /= total;
    } else {
      weight[0] = 1.0;
    }
    return weight;
  }

  double mix(const Values& said) const {
    const Weights weight = weights(said);
    double sum = 0.0;
    for (std::size_t i = 0; i < N; ++i)
      if (weight[i] > 0.0) sum += weight[i] * static_cast<double>(said[i]);
    return sum;
  }

 private:
  static constexpr float kFade = 0.9995F;  // per period
  static constexpr float kHeard = 10.0F;   // scored forecasts before an expert may speak
  // Usual errors that expert 0 is ahead: who was better by less has no claim yet, else crumbs decide where nothing else was learned.
  static constexpr double kHeadStart = 2.0;
  struct Expert {
    float regret = 0.0F, square = 0.0F, heard = 0.0F;
  };
  std::array<Expert, N> experts_{};
  double error_ = 0.0, weight_ = 0.0;  ///< fading sums of expert 0's absolute errors and of ones
};

}  // namespace spillway::forecast
