#include "model/forecast/outlook.hpp"

#include <gtest/gtest.h>

#include "model/forecast/event_score.hpp"
#include "tests/model/forecast/grids.hpp"

namespace spillway::forecast {
namespace {

DemandScenario path(double probability, std::vector<double> rate) { return {probability, std::move(rate)}; }

TEST(Outlook, adds_up_the_probability_of_the_paths_that_breach_within_a_minute) {
  const std::vector<double> calm(8, 50.0), burst = {50, 50, 140, 50, 50, 50, 50, 50}, later = {50, 50, 50, 50, 50, 140, 50, 50};
  const Outlook outlook = look_ahead(quarter_minutes(8), {path(0.5, calm), path(0.3, later), path(0.2, burst)},
                                     {.backlog = 0.0, .capacity = std::vector<double>(8, 100.0), .max_wait = 0.5});
  EXPECT_DOUBLE_EQ(outlook.breach_probability, 0.2);
}

TEST(Outlook, a_backlog_over_its_limit_now_is_a_breach_and_one_that_is_served_in_time_is_none) {
  const auto at = [](double backlog) {
    return look_ahead(quarter_minutes(4), {path(1.0, std::vector<double>(4, 50.0))}, {backlog, std::vector<double>(4, 100.0), 0.5}).breach_probability;
  };
  EXPECT_DOUBLE_EQ(at(51.0), 1.0);
  EXPECT_DOUBLE_EQ(at(49.0), 0.0);
}

TEST(Outlook, time_to_saturation_has_quantiles_over_the_paths) {
  const std::vector<double> never(4, 50.0), soon = {50, 120, 120, 120}, late = {50, 50, 50, 120};
  const auto of = [&](double p_soon, double p_late) {
    return look_ahead(quarter_minutes(4), {path(1.0 - p_soon - p_late, never), path(p_soon, soon), path(p_late, late)},
                      {0.0, std::vector<double>(4, 100.0), 0.5})
        .time_to_saturation;
  };
  EXPECT_EQ(of(0.15, 0.4), (std::array<std::optional<double>, 3>{15.0, 45.0, std::nullopt}));
  EXPECT_EQ(of(0.05, 0.0), (std::array<std::optional<double>, 3>{}));
  EXPECT_EQ(of(0.5, 0.5), (std::array<std::optional<double>, 3>{15.0, 15.0, 45.0}));
}

TEST(EventScore, a_forecaster_who_knows_is_perfect_and_one_who_never_warns_recalls_nothing) {
  EventScore score(Seconds(60.0));
  for (int t = 0; t < 3000; t += 15) {
    const bool under_way = t % 1000 >= 900;
    score.see(Seconds(t), under_way);
    const bool soon = t % 1000 >= 840 && t % 1000 < 900;
    score.say(Seconds(t), soon ? 1.0 : 0.0, false);
  }
  const EventScores scores = score.scores();
  EXPECT_DOUBLE_EQ(scores.events, 3.0);
  EXPECT_DOUBLE_EQ(scores.brier, 0.0);
  EXPECT_GT(scores.brier_climate, 0.05);
  EXPECT_DOUBLE_EQ(scores.forecast.precision, 1.0);
  EXPECT_DOUBLE_EQ(scores.forecast.recall, 1.0);
  EXPECT_NEAR(scores.forecast.lead_time, 60.0, 5.1);
  EXPECT_DOUBLE_EQ(scores.rival.recall, 0.0);
  EXPECT_DOUBLE_EQ(scores.rival.alarms, 0.0);
}

TEST(EventScore, counts_false_alarms_and_the_square_of_wrong_certainty) {
  EventScore score(Seconds(60.0));
  for (int t = 0; t <= 600; t += 15) {
    score.see(Seconds(t), false);
    score.say(Seconds(t), 0.5, true);
  }
  const EventScores scores = score.scores();
  EXPECT_DOUBLE_EQ(scores.brier, 0.25);
  EXPECT_DOUBLE_EQ(scores.forecast.precision, 0.0);
  EXPECT_DOUBLE_EQ(scores.rival.precision, 0.0);
  EXPECT_DOUBLE_EQ(scores.statements, 36.0);  // the last five minutes' ends have not come due
}

TEST(EventScore, what_is_said_while_the_event_is_under_way_is_not_scored) {
  EventScore score(Seconds(60.0));
  for (int t = 0; t <= 600; t += 15) {
    score.see(Seconds(t), true);
    score.say(Seconds(t), 1.0, true);
  }
  EXPECT_DOUBLE_EQ(score.scores().statements, 0.0);
  EXPECT_DOUBLE_EQ(score.scores().events, 1.0);
  EXPECT_DOUBLE_EQ(score.scores().forecast.recall, 0.0);
}

TEST(WaitingTimeScore, counts_how_often_it_had_happened_by_the_time_said) {
  WaitingTimeScore score;
  score.say(Seconds(0.0), {10.0, 40.0, std::nullopt}, Seconds(100.0));
  score.see(Seconds(30.0), true);  // after the first, before the second
  EXPECT_EQ(score.happened_by(), (std::array{0.0, 1.0, 0.0}));  // nothing was named for 90 %
  EXPECT_DOUBLE_EQ(score.error(), 10.0);
  EXPECT_DOUBLE_EQ(score.error_of_never(), 70.0);
  score.see(Seconds(50.0), false);
  score.say(Seconds(50.0), {}, Seconds(100.0));
  score.see(Seconds(151.0), false);
  EXPECT_DOUBLE_EQ(score.error(), 5.0);
}

}  // namespace
}  // namespace spillway::forecast
