#pragma once
#include <array>
#include <string>

#include "bench/lab/closed_loop.hpp"
#include "model/forecast/event_score.hpp"

namespace spillway::bench {

/// How Spillway's statements about trouble ahead turned out in one run of the closed loop, judged by the plant.
struct WarningResult {
  static constexpr std::array<double, 3> kThresholds = {0.05, 0.25, 0.5};

  std::string scenario;
  forecast::EventScores breach;  ///< P(backlog over its limit within 60 s); alarm from 0.1; rival: utilisation above 0.90
  std::array<forecast::AlarmScore, kThresholds.size()> by_threshold;
  forecast::WaitingTimeScore saturation;  ///< time until demand passes what is ready
};

/// Plays Spillway on the scenario. What is true comes from the plant: waiting requests against late_after x capacity x ready, offered
/// demand against capacity x ready, both at every decision; utilisation is the plant's over the last period.
WarningResult score_warnings(const Scenario& scenario);

}  // namespace spillway::bench
