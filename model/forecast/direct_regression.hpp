#pragma once
#include <Eigen/Core>
#include <vector>

#include "model/forecast/leads.hpp"
#include "model/forecast/series.hpp"

namespace spillway::forecast {

/// Direct multi-step linear forecasts: one ridge regression per lead, all on the same regressors, with exponential
/// forgetting (Hoerl and Kennard, "Ridge regression", 1970). All regressors are differences from the present level, so that
/// the ridge shrinks towards hold. The ridge itself is never forgotten: the covariance recursion of recursive least squares
/// winds up on a quiet series and then explodes with the first burst, so the moments are kept and solved instead.
class DirectRegression {
 public:
  static constexpr int kLags = 15;      ///< differences from the last rates
  static constexpr int kMeans = 2;     ///< differences from smoothed rates
  static constexpr int kPlain = 1 + kLags + kMeans;

  /// `seasonal`: with the changes that followed one season ago as further regressors.
  DirectRegression(const Leads& leads, bool seasonal);

  /// The season in periods; 0 = none, and then a seasonal model is silent. A new season starts learning anew.
  void set_season(long periods);
  long season() const { return season_; }
  /// True once its regressors exist.
  bool ready(const Series& series) const;

  /// After series.push(): learn from what has come due, then forecast.
  void update(const Series& series, double scale);
  /// Change of the rate from now to lead j, requests per second.
  double change(std::size_t j) const { return change_[j]; }
  void restart();

 private:
  void build_regressors(const Series& series, double scale);
  void learn(const Series& series);
  void solve();
  /// Mean rate at the same phase of the past seasons, `lead` periods ahead of now.
  double past_seasons(const Series& series, long lead) const;

  Leads leads_;
  bool seasonal_;
  int size_;
  long season_ = 0;
  long learned_ = 0;    ///< origins since start
  float weight_ = 0.0F;  ///< fading count of origins
  Eigen::VectorXf x_;
  Eigen::MatrixXf moments_;  ///< fading sum of x x', lower half
  Eigen::MatrixXf targets_;  ///< fading sum of x y', one column per lead
  Eigen::MatrixXf weights_;  ///< one column per lead
  Eigen::MatrixXf past_x_;   ///< one column per origin, modulo the longest lead
  std::vector<float> past_scale_, past_rate_;
  Eigen::VectorXf usual_change_;  ///< mean absolute change per lead, in units of scale
  Eigen::VectorXf change_;
};

}  // namespace spillway::forecast
