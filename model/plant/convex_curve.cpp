#include "model/plant/convex_curve.hpp"

#include <algorithm>

namespace spillway::plant {
namespace {

double slope_between(Point a, Point b) { return (b.y - a.y) / (b.x - a.x); }

}  // namespace

ConvexCurve ConvexCurve::lower_hull(std::span<const Point> points) {
  ConvexCurve curve;
  std::vector<Point>& hull = curve.vertices_;
  hull.reserve(points.size());
  for (const Point& p : points) {
    if (!hull.empty() && p.x <= hull.back().x) continue;
    while (hull.size() >= 2 && slope_between(hull[hull.size() - 2], hull.back()) >= slope_between(hull.back(), p)) {
      hull.pop_back();
    }
    hull.push_back(p);
  }
  while (hull.size() >= 2 && slope_between(hull[hull.size() - 2], hull.back()) >= 0.0) hull.pop_back();
  return curve;
}

double ConvexCurve::operator()(double x) const {
  if (vertices_.empty()) return 0.0;
  const auto after = std::find_if(vertices_.begin(), vertices_.end(), [x](Point p) { return p.x > x; });
  if (after == vertices_.end()) return vertices_.back().y;
  if (after == vertices_.begin()) return vertices_.front().y;
  const Point before = *(after - 1);
  return before.y + (x - before.x) * slope_between(before, *after);
}

ConvexCurve weighted_sum(std::span<const ConvexCurve> curves, std::span<const double> factors) {
  struct Bend {
    double x;
    double turn;  ///< by how much the slope rises here
  };
  std::vector<Bend> bends;
  std::size_t most = 0;
  for (const ConvexCurve& curve : curves) most += curve.vertices().size();
  bends.reserve(most);
  Point at{0.0, 0.0};
  double slope = 0.0;
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const auto& v = curves[i].vertices();
    if (v.empty()) continue;
    at.y += factors[i] * v.front().y;
    double before = v.size() > 1 ? slope_between(v[0], v[1]) : 0.0;
    slope += factors[i] * before;
    for (std::size_t j = 1; j < v.size(); ++j) {
      const double after = j + 1 < v.size() ? slope_between(v[j], v[j + 1]) : 0.0;
      bends.push_back({v[j].x, factors[i] * (after - before)});
      before = after;
    }
  }
  std::sort(bends.begin(), bends.end(), [](const Bend& a, const Bend& b) { return a.x < b.x; });
  std::vector<Point> vertices;
  vertices.reserve(most + 1);
  vertices.push_back(at);
  for (const Bend& bend : bends) {
    at = {bend.x, at.y + slope * (bend.x - at.x)};
    slope += bend.turn;
    if (at.x > vertices.back().x) vertices.push_back(at);
  }
  return ConvexCurve::lower_hull(vertices);
}

ConvexCurve merge_slopes(const ConvexCurve& curve, std::span<const double> steps) {
  const auto& v = curve.vertices();
  const auto bucket = [&](std::size_t j) {
    const double steepness = -slope_between(v[j - 1], v[j]);
    return std::find_if(steps.begin(), steps.end(), [steepness](double s) { return steepness > s; });
  };
  std::vector<Point> kept;
  kept.reserve(v.size());
  for (std::size_t j = 0; j < v.size(); ++j) {
    const bool inner = j > 0 && j + 1 < v.size();
    if (!inner || bucket(j) != bucket(j + 1)) kept.push_back(v[j]);
  }
  return ConvexCurve::lower_hull(kept);
}

}  // namespace spillway::plant
