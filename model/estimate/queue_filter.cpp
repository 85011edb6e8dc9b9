#include "model/estimate/queue_filter.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::estimate {

void QueueFilter::reset(double arrival_rate) {
  state_ = {0.0, arrival_rate};
  covariance_.setZero();
}

void QueueFilter::let_drift(double drift) { covariance_(1, 1) += drift * drift; }

void QueueFilter::flow(double dt, double served, double served_sigma) {
  Eigen::Matrix2d transition;
  transition << 1.0, dt, 0.0, 1.0;
  state_[0] = std::max(0.0, state_[0] + dt * (state_[1] - served));
  covariance_ = transition * covariance_ * transition.transpose();
  covariance_(0, 0) += dt * dt * served_sigma * served_sigma;
}

void QueueFilter::see_arrival_rate(double rate, double sigma) { correct(1, rate, sigma); }
void QueueFilter::see_backlog(double waiting, double sigma) { correct(0, waiting, sigma); }

void QueueFilter::correct(int component, double value, double sigma) {
  const double variance = covariance_(component, component) + sigma * sigma;
  if (!(variance > 0.0) || !std::isfinite(variance)) return;
  const Eigen::Vector2d gain = covariance_.col(component) / variance;
  state_ += gain * (value - state_[component]);
  state_ = state_.cwiseMax(0.0);
  const Eigen::RowVector2d row = covariance_.row(component);
  covariance_ -= gain * row;
  covariance_ = 0.5 * (covariance_ + covariance_.transpose()).eval();
}

double QueueFilter::backlog_sigma() const { return std::sqrt(std::max(0.0, covariance_(0, 0))); }
double QueueFilter::arrival_sigma() const { return std::sqrt(std::max(0.0, covariance_(1, 1))); }

}  // namespace spillway::estimate
