#include "model/forecast/calendar_profile.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::forecast {
namespace {
constexpr double kFreshest = 0.25;  // share of the newest season in a bin
std::size_t bin_of(double time, double length, std::size_t bins) {
  const double phase = time / length - std::floor(time / length);
  return std::min(bins - 1, static_cast<std::size_t>(phase * static_cast<double>(bins)));
}
}  // namespace

CalendarProfile::CalendarProfile(double season_seconds)
    : season_(std::max(1.0, season_seconds)), week_(7.0 * season_), bins_(kBins), week_bins_(kWeekBins) {}

void CalendarProfile::blend(Bin& bin, double value) {
  bin.seasons = std::min(bin.seasons + 1.0F, 1000.0F);
  bin.mean += static_cast<float>(std::max(kFreshest, 1.0 / bin.seasons) * (value - bin.mean));
}

void CalendarProfile::add(double time, double rate) {
  const auto index = static_cast<long>(std::floor(time / season_ * kBins));
  if (index != open_) {
    commit();
    open_ = index;
  }
  sum_ += rate;
  count_ += 1.0;
}

void CalendarProfile::commit() {
  if (count_ > 0.0) {
    const double middle = (static_cast<double>(open_) + 0.5) * season_ / kBins;
    blend(bins_[bin_of(middle, season_, kBins)], sum_ / count_);
    blend(week_bins_[bin_of(middle, week_, kWeekBins)], sum_ / count_);
  }
  sum_ = count_ = 0.0;
}

CalendarProfile::Usual CalendarProfile::at(double time) const {
  constexpr float kWeekVisits = 6.0F;  // three day-bins a visit share one week-bin: two visits
  const double phase = time / season_;
  Usual usual;
  // Between the middles of two neighbouring bins.
  const double place = (phase - std::floor(phase)) * kBins - 0.5;
  const double before = std::floor(place), share = place - before;
  const auto index = static_cast<std::size_t>(before + kBins);
  const Bin &a = bins_[index % kBins], &b = bins_[(index + 1) % kBins];
  if (a.seasons >= 1.0F && b.seasons >= 1.0F) usual.by_day = (1.0 - share) * a.mean + share * b.mean;
  const Bin& week = week_bins_[bin_of(time, week_, kWeekBins)];
  if (week.seasons >= kWeekVisits) usual.by_week = week.mean;
  return usual;
}

double CalendarProfile::ratio(const Usual& from, const Usual& to) {
  if (from.by_week > 0.0 && to.by_week >= 0.0) return std::clamp(to.by_week / from.by_week, 0.2, 5.0);
  if (from.by_day > 0.0 && to.by_day >= 0.0) return std::clamp(to.by_day / from.by_day, 0.2, 5.0);
  return 0.0;
}

}  // namespace spillway::forecast
