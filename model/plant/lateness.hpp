#pragma once
#include "model/plant/convex_curve.hpp"

namespace spillway::plant {

/// Probability that an arrival must wait in M/M/m with offered load `load` (Erlang); 1 when load >= servers.
/// Erlang B by its recursion B(k) = a B(k-1) / (k + a B(k-1)), then C = B / (1 - (a/m)(1 - B)): no factorials, no overflow.
/// Above a few hundred servers the Halfin-Whitt limit C = 1 / (1 + beta Phi(beta) / phi(beta)), beta = (m - a) / sqrt(a)
/// (Halfin and Whitt, "Heavy-traffic limits for queues with many exponential servers", 1981; off by less than 0.01 there).
double erlang_c(double servers, double load);

/// How a service handles requests that arrive at random. Rates in requests per second.
struct RandomService {
  double capacity = 1.0;           ///< mu: requests per second and replica
  double concurrency = 1.0;        ///< c: served at once per replica
  double pooling = 1.0;            ///< 1: one queue before all replicas; 0: one queue per replica; linear in between
  double arrival_variation = 1.0;  ///< squared coefficient of variation of inter-arrival times
  double service_variation = 1.0;  ///< and of service times
  double max_queue_delay = 0.5;    ///< W, seconds
};

/// Late requests per second that randomness alone causes with `replicas` > lambda / mu:
///   f = lambda C(n c, lambda c / mu) exp(-2 (n mu - lambda) W / (ca^2 + cs^2))
/// the waiting-time tail of M/M/m with the variability correction of Allen-Cunneen and Sakasegawa (1977) in its decay rate.
/// Per-pod queues see lambda / n each and c servers. At or below lambda / mu everything is late: f = lambda.
double late_rate(const RandomService& service, double replicas, double arrival_rate);

/// Mean number of waiting requests under the same tail: lambda C (ca^2 + cs^2) / (2 (n mu - lambda)), for lambda < n mu; infinite beyond.
double mean_waiting(const RandomService& service, double replicas, double arrival_rate);

/// The lower convex envelope of f over n = 0 (nothing is served: f = lambda) and the whole n > lambda / mu. Below
/// lambda / mu it counts no more than lambda in all: overload itself belongs to the backlog's price.
struct LateCurve {
  ConvexCurve curve;  ///< late requests per second over replicas
  double gap = 0.0;   ///< the largest f(n) - curve(n) over those n, requests per second
};

/// The envelope up to `max_replicas`, cut off where f, or what one more replica takes off it, falls below `negligible` requests
/// per second. Far from lambda / mu, n advances in growing whole steps (an eighth of the distance, or of sqrt(lambda / mu)).
LateCurve late_curve(const RandomService& service, double arrival_rate, double max_replicas, double negligible);

}  // namespace spillway::plant
