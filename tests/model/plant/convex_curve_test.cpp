#include "model/plant/convex_curve.hpp"

namespace spillway::plant {
namespace {

TEST(ConvexCurve, LowerHullDropsWhatLiesAboveAChord) {
  const Point points[] = {{0, 10}, {1, 9}, {2, 2}, {3, 1.5}, {4, 0}};
  const ConvexCurve curve = ConvexCurve::lower_hull(points);
  ASSERT_EQ(curve.vertices().size(), 3u);
  EXPECT_DOUBLE_EQ(curve(1), 6.0);
  EXPECT_DOUBLE_EQ(curve(2), 2.0);
  EXPECT_DOUBLE_EQ(curve(3), 1.0);
  EXPECT_DOUBLE_EQ(curve(100), 0.0);
}

TEST(ConvexCurve, NeverRises) {
  const Point points[] = {{0, 3}, {1, 1}, {2, 5}};
  EXPECT_DOUBLE_EQ(ConvexCurve::lower_hull(points)(2), 1.0);
}

TEST(ConvexCurve, EmptyIsZero) { EXPECT_DOUBLE_EQ(ConvexCurve()(3.0), 0.0); }

TEST(ConvexCurve, SumsPointwise) {
  const Point a[] = {{0, 10}, {2, 2}, {4, 0}};
  const Point b[] = {{0, 3}, {3, 0}};
  const ConvexCurve curves[] = {ConvexCurve::lower_hull(a), ConvexCurve::lower_hull(b), ConvexCurve()};
  const double factors[] = {0.5, 2.0, 1.0};
  const ConvexCurve sum = weighted_sum(curves, factors);
  for (double x : {0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 3.7, 4.0, 9.0}) {
    EXPECT_NEAR(sum(x), 0.5 * curves[0](x) + 2.0 * curves[1](x), 1e-12) << x;
  }
}

TEST(ConvexCurve, MergingKeepsTheEndsOfEachSlopeClass) {
  const Point points[] = {{0, 20}, {1, 11}, {2, 4}, {3, 3.5}, {4, 3.1}};
  const ConvexCurve curve = ConvexCurve::lower_hull(points);
  const double steps[] = {2.0};
  const ConvexCurve merged = merge_slopes(curve, steps);
  ASSERT_EQ(merged.vertices().size(), 3u);
  EXPECT_DOUBLE_EQ(merged(0), 20);
  EXPECT_DOUBLE_EQ(merged(2), 4);
  EXPECT_DOUBLE_EQ(merged(4), 3.1);
  EXPECT_GE(merged(1), curve(1));
}

}  // namespace
}  // namespace spillway::plant
