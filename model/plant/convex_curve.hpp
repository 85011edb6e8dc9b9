#pragma once
#include <cstddef>
#include <span>
#include <vector>

namespace spillway::plant {

struct Point {
  double x = 0.0;
  double y = 0.0;
};

/// A convex, non-increasing, piecewise-linear function on [0, infinity), constant after its last vertex.
class ConvexCurve {
 public:
  ConvexCurve() = default;  ///< zero everywhere

  /// The greatest convex function below `points` (their lower hull; Andrew's monotone chain). x ascending, first x = 0;
  /// of equal x the first counts; increasing pieces at the end are cut off.
  static ConvexCurve lower_hull(std::span<const Point> points);

  double operator()(double x) const;
  const std::vector<Point>& vertices() const { return vertices_; }

 private:
  std::vector<Point> vertices_;
};

/// Sum of curves times factors (factors >= 0); the same number of each.
ConvexCurve weighted_sum(std::span<const ConvexCurve> curves, std::span<const double> factors);

/// The curve with fewer vertices: all pieces whose slopes fall between two neighbouring `steps` (descending magnitudes) become one
/// chord, so that at most steps.size() + 1 pieces are left. It never lies below `curve` and equals it at its own vertices.
ConvexCurve merge_slopes(const ConvexCurve& curve, std::span<const double> steps);

}  // namespace spillway::plant
