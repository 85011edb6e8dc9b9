#include "model/forecast/mixer.hpp"

namespace spillway::forecast {
const char* to_string(Candidate candidate) {
  switch (candidate) {
    case Candidate::kHold: return "Hold";
    case Candidate::kSmoothFast:
    case Candidate::kSmoothSlow: return "Smoothing";
    case Candidate::kTrend: return "Trend";
    case Candidate::kAutoRegressive: return "AutoRegressive";
    case Candidate::kRecurrence: return "Recurrence";
    case Candidate::kSeasonal: return "Seasonal";
    case Candidate::kCalendar: return "Calendar";
  }
  return "Unknown";
}

void Mixer::learn(std::size_t j, const Points& points, double mixed, const Centres& centres, double median, double rate) {
  mix_[j].learn(points, mixed, rate);
  median_[j].learn(centres, median, rate);
}

}  // namespace spillway::forecast
