#pragma once
#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "model/forecast/forecast.hpp"
#include "model/forecast/leads.hpp"

namespace spillway::forecast {

using Quantiles = std::array<double, kQuantileLevels.size()>;

/// What a moment looked like when a forecast was made; similar moments have similar errors.
struct Moment {
  float level = 0.0F;  ///< log of the fast smoothed rate
  float slope = 0.0F;  ///< log of fast over slower smoothed rate
};

/// Quantiles of the forecast's log-errors per lead: from past moments of similar level and slope (weighted, with a prior
/// while there are few), then moved by measured coverage (adaptive conformal inference: Gibbs and Candes, 2021; in the
/// form of quantile tracking, Angelopoulos et al., "Conformal PID control", 2023).
class ErrorQuantiles {
 public:
  static constexpr std::size_t kMoments = 256;
  static constexpr long kEvery = 2;  ///< periods; neighbouring moments have nearly the same errors, so every second one is remembered

  explicit ErrorQuantiles(const Leads& leads);

  /// Standard deviation of the log-error one period ahead to be assumed before anything is learned.
  void set_prior(double sigma);
  /// The forecast made h_j periods ago was off by `log_error`; it had said `said` (log-quantiles).
  void learn(std::size_t j, double log_error, const Quantiles& said);
  /// A forecast is made now, at this moment. Call once per period, after learn().
  void begin(const Moment& now);
  /// Log-error quantiles at lead j, non-decreasing. After begin().
  Quantiles at(std::size_t j) const;
  /// Mean absolute log-error at lead j, or what is assumed of it while little is known.
  double usual(std::size_t j) const;

 private:
  static constexpr std::size_t kPrior = 10;  ///< errors assumed; they are remembered behind the moments' and never forgotten
  static constexpr std::size_t kErrors = kMoments + kPrior;
  static constexpr std::int16_t kUnknown = INT16_MIN;

  /// Errors at one lead, by moment and in ascending order; among equal ones the oldest comes first.
  class Errors {
   public:
    Errors() { of_.fill(kUnknown); }
    void put(std::size_t moment, std::int16_t error);
    void remove(std::size_t moment);
    std::size_t size() const { return size_; }
    std::int16_t error(std::size_t rank) const { return of_[moment_[rank]]; }
    std::size_t moment(std::size_t rank) const { return moment_[rank]; }

   private:
    std::array<std::int16_t, kErrors> of_;  ///< by moment
    std::array<std::uint16_t, kErrors> moment_{};  ///< by rank
    std::size_t size_ = 0;
  };

  /// The moments from which one and the same rise was missed: within a lead of each other.
  struct Event {
    long age = 0;    ///< of the moment that missed most, periods
    long lead = -1;  ///< -1: no event
    std::int16_t least = 0;
  };

  static bool is_kept(long period) { return period % kEvery == 0; }
  static std::size_t moment_of(long period) { return static_cast<std::size_t>(period / kEvery) % kMoments; }
  long age_of(std::size_t moment) const;
  bool belongs_to(const Event& event, std::size_t moment, std::int16_t error) const;
  /// The largest missed rise, if nothing else comes near it. One event is not a pattern, however many overlapping leads and
  /// moments have seen it: hedging it would keep replicas for a burst that has never come twice.
  Event lone_event(std::size_t j) const;
  /// Quantiles of the errors of similar moments and of the prior.
  Quantiles remembered(std::size_t j) const;
  double prior(std::size_t j) const;

  Leads leads_;
  double prior_sigma_ = 0.03;
  Eigen::ArrayXf level_, slope_;  ///< of the remembered moments, modulo kMoments
  Eigen::ArrayXf weight_;         ///< of each remembered error now
  std::vector<Errors> errors_;    ///< per lead
  long made_ = 0;                 ///< forecasts begun
  std::array<Quantiles, Leads::kMost> similar_{};  ///< remembered(), as of this period or the one before
  std::array<Quantiles, Leads::kMost> shift_{};    ///< in units of the usual error
  std::array<Quantiles, Leads::kMost> recent_{};   ///< misses of the last 70 periods or so
  std::array<double, Leads::kMost> usual_{};       ///< mean absolute log-error
  std::array<long, Leads::kMost> learned_{};
};

}  // namespace spillway::forecast
