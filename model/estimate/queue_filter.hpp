#pragma once
#include <Eigen/Core>

namespace spillway::estimate {

/// Kalman filter of the pair (waiting requests q, arrival rate lambda): q' = max(0, q + dt (lambda - served)), lambda a random
/// walk (Kalman, "A new approach to linear filtering and prediction problems", 1960). Because both are estimated together,
/// a growing backlog tells of arrivals that no metric shows, and arrivals beyond capacity tell of a backlog that none shows.
class QueueFilter {
 public:
  /// Starts over with an arrival rate and an empty queue.
  void reset(double arrival_rate);

  /// `dt` seconds went by; the arrival rate may have changed by about `drift` requests per second.
  void let_drift(double drift);
  /// The queue after `dt` seconds in which `served` requests per second left, known to about `served_sigma`.
  void flow(double dt, double served, double served_sigma);

  void see_arrival_rate(double rate, double sigma);
  void see_backlog(double waiting, double sigma);

  double backlog() const { return state_[0]; }
  double arrival_rate() const { return state_[1]; }
  double backlog_sigma() const;
  double arrival_sigma() const;

 private:
  void correct(int component, double value, double sigma);

  Eigen::Vector2d state_ = Eigen::Vector2d::Zero();
  Eigen::Matrix2d covariance_ = Eigen::Matrix2d::Zero();
};

}  // namespace spillway::estimate
