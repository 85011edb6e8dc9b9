#pragma once
#include <cstddef>
#include <vector>

namespace spillway::forecast {

/// The usual demand by time of season (day) and, once two weeks were seen, by time of week. Bins hold a fading mean over
/// the seasons, so that weeks of history cost a few kilobytes.
class CalendarProfile {
 public:
  explicit CalendarProfile(double season_seconds);

  /// The mean rate of a stretch of time around `time` (seconds).
  void add(double time, double rate);
  /// Usual rates at a time; negative = not known.
  struct Usual {
    double by_week = -1.0, by_day = -1.0;
  };
  Usual at(double time) const;
  /// `to` over `from`, within [0.2, 5]; 0 = not known for both. By week where two weeks were seen.
  static double ratio(const Usual& from, const Usual& to);

 private:
  static constexpr std::size_t kBins = 288, kWeekBins = 7 * 96;
  struct Bin {
    float mean = 0.0F;
    float seasons = 0.0F;  ///< how many went into it
  };
  void commit();
  static void blend(Bin& bin, double value);

  double season_, week_;
  std::vector<Bin> bins_, week_bins_;
  long open_ = -1;  ///< index since time 0 of the bin being filled
  double sum_ = 0.0, count_ = 0.0;
};

}  // namespace spillway::forecast
