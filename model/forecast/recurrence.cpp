#include "model/forecast/recurrence.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>

namespace spillway::forecast {
namespace {
constexpr long kMost = 2048;
constexpr long kShortest = 12;     // periods
constexpr int kSpan = 4;           // a rise is measured over this many periods
constexpr double kClip = 1.5;      // of the logarithm
constexpr float kClear = 0.25F;          // autocorrelation that counts as recurrence
constexpr float kNearlyAsHigh = 0.93F;   // of the highest
}  // namespace

long find_recurrence(const Series& series) {
  const long n = std::min(series.count(), kMost) - kSpan;
  if (n < 5 * kShortest) return 0;
  const double offset = 0.05 * series.level(3) + 1e-9;
  Eigen::VectorXf rise(n);
  for (long i = 0; i < n; ++i) {
    const double step = std::log((series.at(i) + offset) / (series.at(i + kSpan) + offset));
    rise[i] = static_cast<float>(std::clamp(step, 0.0, kClip));
  }
  rise.array() -= rise.mean();
  const float power = rise.squaredNorm();
  if (power <= 1e-9F) return 0;
  // Every multiple of a season correlates as well as the season itself: take the first peak that is nearly as high as any.
  const long last = n * 2 / 3;
  Eigen::VectorXf correlation = Eigen::VectorXf::Zero(std::max(last, kShortest) + 1);
  for (long lag = kShortest; lag < last; ++lag) {
    const float sum = rise.head(n - lag).dot(rise.tail(n - lag));
    correlation[lag] = sum / power * static_cast<float>(n) / static_cast<float>(n - lag);
  }
  const float highest = correlation.maxCoeff();
  if (highest < kClear) return 0;
  for (long lag = kShortest; lag < last; ++lag) {
    const bool peak = correlation[lag] >= correlation[lag - 1] && correlation[lag] >= correlation[lag + 1];
    if (peak && correlation[lag] >= kNearlyAsHigh * highest && correlation[lag] >= kClear) return lag;
  }
  return 0;
}

}  // namespace spillway::forecast
