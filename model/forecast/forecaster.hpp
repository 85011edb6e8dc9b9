#pragma once
#include <span>
#include <vector>

#include "model/base/observation.hpp"
#include "model/base/policy.hpp"
#include "model/base/stages.hpp"
#include "model/forecast/calendar_profile.hpp"
#include "model/forecast/direct_regression.hpp"
#include "model/forecast/error_quantiles.hpp"
#include "model/forecast/forecast.hpp"
#include "model/forecast/leads.hpp"
#include "model/forecast/mixer.hpp"
#include "model/forecast/scores.hpp"
#include "model/forecast/series.hpp"
#include "model/forecast/shift.hpp"

namespace spillway::forecast {

/// Learns the demand of one service and says what may come (design/model.md, "Forecasting"). A value, under 100 KB with
/// its history. Deterministic: work that is spread over time is counted in observations, never in wall time.
class Forecaster {
 public:
  explicit Forecaster(const Policy& policy);

  /// Takes in recorded demand, ascending times, usually once before the first observe(). Older history may be coarse: it teaches
  /// the calendar profile, the highest level and the size of errors. From where it is as fine as the control period it
  /// teaches everything.
  void seed(std::span<const HistoryPoint> history);

  /// Takes in the mean rate (requests per second) of the control period that ends at `now`. Once per control period;
  /// gaps and irregular steps are bridged. Rates that are not finite or negative are ignored.
  void observe(double rate, Seconds now);

  /// Demand in each stage of the grid, from `now`. `level_now` is the estimator's present arrival rate (it may be newer
  /// or more honest than the last observed rate); `startup` is the lead at which `skill` is judged.
  DisturbanceForecast forecast(const StageGrid& grid, double level_now, Seconds now, Seconds startup = Seconds(30.0)) const;

 private:
  /// What was said about one lead: the candidates' rates, their mix, and quantiles of log(rate / mix).
  struct Said {
    Points points{};
    Centres centres{};
    float median = 0.0F;
    float mixed() const { return centres[static_cast<std::size_t>(Centre::kMix)]; }
    float centre = 0.0F;  ///< median of the mix's log-errors, as learned
    std::array<float, kQuantileLevels.size()> errors{};
  };

  void step(double rate, double time);
  void settle(double rate);
  void look_for_shift(double rate);
  void look_for_seasons();
  void say(double time);
  Quantiles errors_at(std::size_t j, double mixed) const;
  Points speak(std::size_t j, double time, const CalendarProfile::Usual& usual_now) const;
  /// Completes what is said for lead j by its centres and the median.
  void find_median(Said& said, float mixed, std::size_t j) const;
  bool allowed(Candidate candidate) const;
  LeadScore score(std::size_t j) const;
  double offset() const;  ///< keeps logarithms of small rates tame, requests per second
  double cap(double base) const;
  void seed_coarse(std::span<const HistoryPoint> history);
  void live_through(std::span<const HistoryPoint> history);
  void seed_calendar(std::span<const HistoryPoint> history);
  void seed_error_size(std::span<const HistoryPoint> history);

  double period_;
  double season_seconds_;
  ForecastMethod method_;
  Leads leads_;
  Series series_;
  DirectRegression plain_, recurrent_, seasonal_;
  CalendarProfile calendar_;
  Mixer mixer_;
  ErrorQuantiles errors_;
  Shift shift_;
  std::vector<RunningLeadScore> scores_;  ///< per lead
  std::vector<Said> now_;    ///< what is said now, per lead
  DueRecords<Said> past_;
  double last_time_ = 0.0;
  long next_search_ = 120;
};

}  // namespace spillway::forecast
