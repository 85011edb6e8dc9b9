#pragma once
#include <array>
#include <cstddef>
#include <deque>
#include <optional>

#include "model/base/units.hpp"
#include "model/forecast/scores.hpp"

namespace spillway::forecast {

/// How the alarms of one rule turned out.
struct AlarmScore {
  double precision = 0.0;  ///< share of alarms that an event followed in time
  double recall = 0.0;     ///< share of events that an alarm preceded in time
  double lead_time = 0.0;  ///< mean seconds from the first alarm in time to the event, over the events that had one
  double alarms = 0.0;     ///< how many statements were alarms
};

/// How forecasts of an event "within so many seconds" turned out.
struct EventScores {
  double statements = 0.0;   ///< that have come due
  double events = 0.0;       ///< onsets seen
  double base_rate = 0.0;    ///< share of statements that an event followed
  double brier = 0.0;        ///< mean squared error of the probability (Brier, 1950)
  double brier_climate = 0.0;  ///< of saying the base rate always
  AlarmScore forecast;       ///< alarm: probability at least EventScore's threshold
  AlarmScore rival;          ///< alarm: whatever the caller compares with, e.g. utilisation above 0.90
};

/// Scores statements about an event ahead when they come due. A statement made while the event is under way says nothing about
/// the future and is not scored. Feed both calls in order of time; everything fades with `fade` per statement or event.
class EventScore {
 public:
  explicit EventScore(Seconds within, double threshold = 0.1, double fade = 1.0);

  /// What is the case now. Call it as often as it is known, before say() of the same moment.
  void see(Seconds now, bool under_way);
  void say(Seconds now, double probability, bool rival_alarm);
  EventScores scores() const;

 private:
  static constexpr std::size_t kRules = 2;
  struct Statement {
    Seconds time{0.0};
    double probability = 0.0;
    std::array<bool, kRules> alarm{};
  };
  struct Rule {
    FadingMean precision, recall, lead_time;
  };
  void begin_event(Seconds now);
  void settle(const Statement& statement, bool happened);

  Seconds within_;
  double threshold_;
  bool under_way_ = false;
  std::deque<Statement> open_;  ///< statements that have not come due
  FadingMean brier_, base_rate_;
  double events_ = 0.0, fade_;
  std::array<Rule, kRules> rules_;
};

/// How quantiles of a waiting time "until something happens" turned out: for each level, the share of statements that it had
/// happened by the time said. A statement that names no time for a level says: not within the horizon; it counts in the error only.
class WaitingTimeScore {
 public:
  static constexpr std::size_t kLevels = 3;
  using Times = std::array<std::optional<double>, kLevels>;

  explicit WaitingTimeScore(double fade = 1.0);
  void see(Seconds now, bool under_way);
  void say(Seconds now, const Times& times, Seconds horizon);
  /// Of the statements that named a time for the level, the share after which it happened no later; ideally the level.
  std::array<double, kLevels> happened_by() const;
  /// Mean absolute error of the median, both cut at the horizon, seconds; and of always saying "not within the horizon".
  double error() const { return error_.value(); }
  double error_of_never() const { return error_of_never_.value(); }
  double statements() const { return error_.weight(); }

 private:
  struct Statement {
    Seconds time{0.0}, horizon{0.0};
    Times times;
  };
  void settle(const Statement& statement, std::optional<double> happened);

  bool under_way_ = false;
  std::deque<Statement> open_;
  std::array<FadingMean, kLevels> happened_;
  FadingMean error_, error_of_never_;
};

}  // namespace spillway::forecast
