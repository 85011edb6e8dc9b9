#include "model/forecast/event_score.hpp"

#include <algorithm>

namespace spillway::forecast {

EventScore::EventScore(Seconds within, double threshold, double fade)
    : within_(within), threshold_(threshold), brier_(fade), base_rate_(fade), fade_(fade) {
  for (Rule& rule : rules_) rule = {FadingMean(fade), FadingMean(fade), FadingMean(fade)};
}

void EventScore::see(Seconds now, bool under_way) {
  while (!open_.empty() && open_.front().time + within_ < now) {
    settle(open_.front(), false);
    open_.pop_front();
  }
  if (under_way && !under_way_) begin_event(now);
  under_way_ = under_way;
}

void EventScore::begin_event(Seconds now) {
  events_ = fade_ * events_ + 1.0;
  for (std::size_t r = 0; r < kRules; ++r) {
    const auto first = std::ranges::find_if(open_, [r](const Statement& said) { return said.alarm[r]; });
    rules_[r].recall.add(first != open_.end() ? 1.0 : 0.0);
    if (first != open_.end()) rules_[r].lead_time.add((now - first->time).value());
  }
  for (const Statement& said : open_) settle(said, true);
  open_.clear();
}

void EventScore::settle(const Statement& said, bool happened) {
  const double truth = happened ? 1.0 : 0.0;
  brier_.add((said.probability - truth) * (said.probability - truth));
  base_rate_.add(truth);
  for (std::size_t r = 0; r < kRules; ++r)
    if (said.alarm[r]) rules_[r].precision.add(truth);
}

void EventScore::say(Seconds now, double probability, bool rival_alarm) {
  if (!under_way_) open_.push_back({now, probability, {probability >= threshold_, rival_alarm}});
}

EventScores EventScore::scores() const {
  const auto alarms = [](const Rule& rule) {
    return AlarmScore{rule.precision.value(), rule.recall.value(), rule.lead_time.value(), rule.precision.weight()};
  };
  const double base = base_rate_.value();
  return {.statements = brier_.weight(),
          .events = events_,
          .base_rate = base,
          .brier = brier_.value(),
          .brier_climate = base * (1.0 - base),
          .forecast = alarms(rules_[0]),
          .rival = alarms(rules_[1])};
}

WaitingTimeScore::WaitingTimeScore(double fade) : error_(fade), error_of_never_(fade) { happened_.fill(FadingMean(fade)); }

void WaitingTimeScore::see(Seconds now, bool under_way) {
  while (!open_.empty() && open_.front().time + open_.front().horizon < now) {
    settle(open_.front(), std::nullopt);
    open_.pop_front();
  }
  if (under_way && !under_way_) {
    for (const Statement& said : open_) settle(said, (now - said.time).value());
    open_.clear();
  }
  under_way_ = under_way;
}

void WaitingTimeScore::settle(const Statement& said, std::optional<double> happened) {
  constexpr std::size_t kMiddle = 1;
  const double horizon = said.horizon.value();
  for (std::size_t i = 0; i < kLevels; ++i)
    if (said.times[i]) happened_[i].add(happened && *happened <= *said.times[i] + 1e-9 ? 1.0 : 0.0);
  const double truth = std::min(happened.value_or(horizon), horizon);
  error_.add(std::abs(std::min(said.times[kMiddle].value_or(horizon), horizon) - truth));
  error_of_never_.add(horizon - truth);
}

void WaitingTimeScore::say(Seconds now, const Times& times, Seconds horizon) {
  if (!under_way_) open_.push_back({now, horizon, times});
}

std::array<double, WaitingTimeScore::kLevels> WaitingTimeScore::happened_by() const {
  std::array<double, kLevels> shares{};
  std::ranges::transform(happened_, shares.begin(), [](const FadingMean& mean) { return mean.value(); });
  return shares;
}

}  // namespace spillway::forecast
