#include "bench/laws/reference_qp.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::bench {
namespace {
constexpr double kSigma = 1e-6;
constexpr double kPenalty = 2.0;
constexpr double kRelaxation = 1.6;
constexpr int kIterations = 4000;
constexpr double kTolerance = 1e-5;
constexpr double kInfinity = 1e20;
}  // namespace

// Columns: x_0 .. x_{H-1} in replicas, then b_0 .. b_{H-1} in units of Sb. Rows: dynamics, moves, bounds of x, bounds
// of b.
ReferenceQp::ReferenceQp(Service service, ReferenceWeights weights)
    : service_(service), w_(weights), backlog_scale_(service.capacity * w_.rho * w_.replicas * service.period) {
  const int h = w_.horizon;
  hessian_ = Eigen::MatrixXd::Zero(2 * h, 2 * h);
  rows_ = Eigen::MatrixXd::Zero(4 * h, 2 * h);
  const double move = 2.0 * w_.beta / (w_.max_step * w_.max_step);
  for (int k = 0; k < h; ++k) {
    hessian_(h + k, h + k) = 2.0 * w_.alpha;
    hessian_(k, k) += move;
    if (k > 0) {
      hessian_(k - 1, k - 1) += move;
      hessian_(k, k - 1) -= move;
      hessian_(k - 1, k) -= move;
    }
    rows_(k, h + k) = 1.0;
    if (k > 0) rows_(k, h + k - 1) = -1.0;
    rows_(k, k) = service_.period * service_.capacity * w_.rho / backlog_scale_;
    rows_(h + k, k) = 1.0;
    if (k > 0) rows_(h + k, k - 1) = -1.0;
    rows_(2 * h + k, k) = 1.0;
    rows_(3 * h + k, h + k) = 1.0;
  }
  const Eigen::MatrixXd kkt =
      hessian_ + kSigma * Eigen::MatrixXd::Identity(2 * h, 2 * h) + kPenalty * rows_.transpose() * rows_;
  kkt_inverse_ = kkt.llt().solve(Eigen::MatrixXd::Identity(2 * h, 2 * h));
  z_ = Eigen::VectorXd::Zero(4 * h);
  y_ = Eigen::VectorXd::Zero(4 * h);
}

Eigen::VectorXd ReferenceQp::solve(double rate, double backlog, double current) {
  const int h = w_.horizon;
  Eigen::VectorXd linear = Eigen::VectorXd::Zero(2 * h);
  linear.head(h).setConstant(w_.gamma / w_.replicas);
  linear(0) -= 2.0 * w_.beta * current / (w_.max_step * w_.max_step);
  Eigen::VectorXd low = Eigen::VectorXd::Zero(4 * h), high = Eigen::VectorXd::Constant(4 * h, kInfinity);
  low.head(h).setConstant(service_.period * rate / backlog_scale_);
  low(0) += backlog / backlog_scale_;
  low.segment(h, h).setConstant(-w_.max_step);
  high.segment(h, h).setConstant(w_.max_step);
  low(h) += current;
  high(h) += current;
  low.segment(2 * h, h).setConstant(service_.min);
  high.segment(2 * h, h).setConstant(service_.max);

  Eigen::VectorXd x = Eigen::VectorXd::Zero(2 * h);
  for (int i = 0; i < kIterations; ++i) {
    const Eigen::VectorXd step = kkt_inverse_ * (kSigma * x - linear + rows_.transpose() * (kPenalty * z_ - y_));
    const Eigen::VectorXd at = rows_ * step;
    x = kRelaxation * step + (1.0 - kRelaxation) * x;
    const Eigen::VectorXd relaxed = kRelaxation * at + (1.0 - kRelaxation) * z_;
    const Eigen::VectorXd z = (relaxed + y_ / kPenalty).cwiseMax(low).cwiseMin(high);
    y_ += kPenalty * (relaxed - z);
    z_ = z;
    if (i % 10 != 9) continue;
    const double primal = (rows_ * x - z_).lpNorm<Eigen::Infinity>();
    const double dual = (hessian_ * x + linear + rows_.transpose() * y_).lpNorm<Eigen::Infinity>();
    if (primal < kTolerance && dual < kTolerance) break;
  }
  return x.head(h);
}

Replicas ReferenceQp::decide(const Sight& sight) {
  // The original reads an empty answer as 0 requests per second; so does its restatement.
  const double rate = sight.seen.arrival_rate.value.value_or(0.0);
  backlog_ = std::max(0.0, backlog_ + service_.period * (rate - service_.capacity * w_.rho * sight.seen.ready));
  const Eigen::VectorXd plan = solve(rate, backlog_, sight.seen.replicas);
  return std::clamp(static_cast<Replicas>(std::lround(plan(0))), service_.min, service_.max);
}

}  // namespace spillway::bench
