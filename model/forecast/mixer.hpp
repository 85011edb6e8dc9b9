#pragma once
#include <array>
#include <cstddef>

#include "model/forecast/aggregation.hpp"
#include "model/forecast/leads.hpp"

namespace spillway::forecast {

/// The rival point forecasts. kHold comes first: it always speaks.
enum class Candidate : std::size_t { kHold, kSmoothFast, kSmoothSlow, kTrend, kAutoRegressive, kRecurrence, kSeasonal, kCalendar };
inline constexpr std::size_t kCandidates = 8;
const char* to_string(Candidate candidate);

using Points = std::array<float, kCandidates>;  ///< rates; negative = silent

/// What may become the median: hold, the mix of the candidates, that mix moved by the median of its learned errors, and running
/// medians of the demand itself. The mix is near the mean; where demand comes in bursts the median lies far below it.
enum class Centre : std::size_t { kHold, kMix, kCentredMix, kShortMedian, kLongMedian };
inline constexpr std::size_t kCentres = 5;
using Centres = std::array<float, kCentres>;

/// Mixes the candidates per lead, then finds the median, each by what the recent past says about it.
class Mixer {
 public:
  /// What had been said for lead j about the period that has just ended with this rate: candidates, mix, centres, median.
  void learn(std::size_t j, const Points& points, double mixed, const Centres& centres, double median, double rate);
  /// Weighted mean of what is said now, for lead j.
  double mix(std::size_t j, const Points& points) const { return mix_[j].mix(points); }
  std::array<double, kCandidates> weights(std::size_t j, const Points& points) const { return mix_[j].weights(points); }
  double median(std::size_t j, const Centres& centres) const { return median_[j].mix(centres); }

 private:
  std::array<Aggregation<kCandidates>, Leads::kMost> mix_{};
  std::array<Aggregation<kCentres>, Leads::kMost> median_{};
};

}  // namespace spillway::forecast
