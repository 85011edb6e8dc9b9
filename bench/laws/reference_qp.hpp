#pragma once
#include <Eigen/Dense>

#include "bench/laws/law.hpp"

namespace spillway::bench {

/// The weights and scales of the reference laboratory's program (its defaults).
struct ReferenceWeights {
  double alpha = 15.0;  ///< on the square of the backlog
  double beta = 1.0;    ///< on the square of replica moves
  double gamma = 0.08;  ///< on replicas
  double rho = 0.70;
  int horizon = 8;
  int max_step = 2;      ///< Sx: replicas per period
  double replicas = 12;  ///< R = Sr, the scale of replica counts
};

/// The quadratic program of the reference system (mpc-autoscaler), restated:
// clang-format off
///   minimise alpha sum (b_k/Sb)^2 + beta [(x_0-r)^2 + sum (x_k-x_{k-1})^2]/Sx^2 + gamma sum x_k/Sr
///   subject to b_k >= b_{k-1} + dt (lambda - mu rho x_k), b_{-1} = b0, b >= 0, |moves| <= max_step, min <= x <= max
// clang-format on
/// with a flat forecast and b0 <- max(0, b0 + dt (lambda - mu rho ready)). Solved with the operator-splitting method
/// that the original's solver (OSQP; Stellato et al. 2020) uses, dense and with one factorisation, and rounded to the
/// nearest count.
class ReferenceQp : public Law {
 public:
  ReferenceQp(Service service, ReferenceWeights weights);
  std::string name() const override { return "reference QP"; }
  double period() const override { return service_.period; }
  Replicas decide(const Sight& sight) override;

  /// The replicas x_0 .. x_{H-1} of the program's optimum.
  Eigen::VectorXd solve(double rate, double backlog, double current);

 private:
  Service service_;
  ReferenceWeights w_;
  double backlog_ = 0.0;
  double backlog_scale_;
  Eigen::MatrixXd hessian_, rows_, kkt_inverse_;
  Eigen::VectorXd z_, y_;  ///< warm start
};

}  // namespace spillway::bench
