#include "model/plant/lateness.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <vector>

namespace spillway::plant {
namespace {

constexpr double kExactServers = 200.0;

double halfin_whitt(double servers, double load) {
  const double beta = (servers - load) / std::sqrt(load);
  if (beta > 30.0) return 0.0;  // phi underflows; the probability is below 1e-190
  const double density = std::exp(-0.5 * beta * beta) / std::sqrt(2.0 * std::numbers::pi);
  const double distribution = 0.5 * std::erfc(-beta / std::numbers::sqrt2);
  return density / (density + beta * distribution);
}

double wait_tail(const RandomService& service, double servers, double load, double spare_rate) {
  const double variation = service.arrival_variation + service.service_variation;
  if (variation <= 0.0) return 0.0;  // without randomness spare capacity leaves nobody waiting
  return erlang_c(servers, load) * std::exp(-2.0 * spare_rate * service.max_queue_delay / variation);
}

}  // namespace

double erlang_c(double servers, double load) {
  if (load <= 0.0) return 0.0;
  if (load >= servers) return 1.0;
  if (servers > kExactServers) return halfin_whitt(servers, load);
  const double m = std::max(1.0, std::round(servers));
  if (load >= m) return 1.0;
  double blocked = 1.0;
  for (double k = 1.0; k <= m; k += 1.0) blocked = load * blocked / (k + load * blocked);
  return blocked / (1.0 - load / m * (1.0 - blocked));
}

double late_rate(const RandomService& service, double replicas, double arrival_rate) {
  if (arrival_rate <= 0.0) return 0.0;
  if (replicas * service.capacity <= arrival_rate) return arrival_rate;
  const double c = std::max(service.concurrency, 1e-3);
  const double load = arrival_rate * c / service.capacity;
  const double spare = replicas * service.capacity - arrival_rate;
  const double pooling = std::clamp(service.pooling, 0.0, 1.0);
  double tail = 0.0;
  if (pooling > 0.0) tail += pooling * wait_tail(service, replicas * c, load, spare);
  if (pooling < 1.0) tail += (1.0 - pooling) * wait_tail(service, c, load / replicas, spare / replicas);
  return arrival_rate * std::min(1.0, tail);
}

double mean_waiting(const RandomService& service, double replicas, double arrival_rate) {
  if (arrival_rate <= 0.0) return 0.0;
  const double spare = replicas * service.capacity - arrival_rate;
  if (spare <= 0.0) return std::numeric_limits<double>::infinity();
  const double c = std::max(service.concurrency, 1e-3);
  const double load = arrival_rate * c / service.capacity;
  const double variation = 0.5 * (service.arrival_variation + service.service_variation);
  const double pooling = std::clamp(service.pooling, 0.0, 1.0);
  double wait = 0.0;
  if (pooling > 0.0) wait += pooling * erlang_c(replicas * c, load) / spare;
  if (pooling < 1.0) wait += (1.0 - pooling) * erlang_c(c, load / replicas) * replicas / spare;
  return arrival_rate * variation * wait;
}

LateCurve late_curve(const RandomService& service, double arrival_rate, double max_replicas, double negligible) {
  LateCurve result;
  if (arrival_rate <= 0.0) return result;
  const double busy = arrival_rate / service.capacity;
  const double fine = std::max(1.0, std::floor(std::sqrt(busy) / 8.0));
  const double first = std::floor(busy * (1.0 + 1e-9)) + 1.0;
  std::vector<Point> points;
  points.reserve(64);
  points.push_back({0.0, arrival_rate});
  double step = fine;
  for (double n = first; n <= std::max(max_replicas, first); n += step) {
    const Point before = points.back();
    points.push_back({n, late_rate(service, n, arrival_rate)});
    const double late = points.back().y;
    const bool level = before.y - late < negligible * (n - before.x);
    if (late < negligible || (level && n > first + 3.0 * std::sqrt(busy))) break;
    step = std::max(fine, std::floor((n - busy) / 8.0 + 1e-9));
  }
  result.curve = ConvexCurve::lower_hull(points);
  for (const Point& p : points) result.gap = std::max(result.gap, p.y - result.curve(p.x));
  return result;
}

}  // namespace spillway::plant
