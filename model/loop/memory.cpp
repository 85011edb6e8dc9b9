#include "model/loop/memory.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::loop {

void Trend::observe(double rate) {
  constexpr double kFast = 0.65;
  constexpr double kSlow = 0.4;
  fast_ = started_ ? kFast * rate + (1 - kFast) * fast_ : rate;
  slow_ = started_ ? kSlow * rate + (1 - kSlow) * slow_ : rate;
  started_ = true;
}

bool Trend::rising(Seconds period) const {
  // Above 5 % and above what counting noise of a Poisson stream over a few periods can fake.
  const double counted = std::max(1.0, slow_ * period.value() * 3.0);
  return fast_ > slow_ * (1.0 + std::max(0.05, 1.5 / std::sqrt(counted)));
}

void RecentMaximum::observe(Seconds now, Replicas count, Seconds window) {
  recent_.emplace_back(now, count);
  while (recent_.front().first < now - window) recent_.pop_front();
}

Replicas RecentMaximum::value() const {
  Replicas most = 0;
  for (const auto& [time, count] : recent_) most = std::max(most, count);
  return most;
}

Memory::Memory(std::unique_ptr<Contents> contents) : contents_(std::move(contents)) {}
Memory::Memory(const Memory& other) : contents_(std::make_unique<Contents>(*other.contents_)) {}
Memory::Memory(Memory&&) noexcept = default;
Memory& Memory::operator=(const Memory& other) {
  if (this != &other) contents_ = std::make_unique<Contents>(*other.contents_);
  return *this;
}
Memory& Memory::operator=(Memory&&) noexcept = default;
Memory::~Memory() = default;

Memory Memory::fresh(const Policy& policy, std::span<const HistoryPoint> history, Seconds now) {
  auto contents = std::make_unique<Contents>(policy);
  contents->forecaster.seed(history);
  // Recent enough to stand in for what a controller that had run all along would have seen.
  constexpr double kRecentPeriods = 20.0;
  constexpr std::size_t kEnough = 40;
  contents->history_is_recent =
      history.size() >= kEnough &&
      now - history.back().time <= std::max(kRecentPeriods * policy.control_period, Seconds(600.0));
  return Memory(std::move(contents));
}

}  // namespace spillway::loop
