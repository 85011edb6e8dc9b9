#include "model/estimate/patience.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::estimate {
namespace {
constexpr double kLostShare = 0.2;    // of the offered work: less may be the windows of two counters that do not match
constexpr double kFalling = 0.1;      // a queue that shrinks faster than this per observation is being served, not lost
constexpr int kSure = 2;              // observations in a row
constexpr double kGain = 0.3;
constexpr double kFewest = 5.0;       // waiting requests that tell something
}  // namespace

void Patience::update(const Flow& flow) {
  const double rate = std::max(flow.offered, flow.served);
  if (rate <= 0.0 || flow.dt <= 0.0) return;
  const double wait = flow.waiting / rate;
  if (seconds_ && wait > *seconds_) seconds_ = wait;  // it did wait that long
  const double noise = 3.0 * std::sqrt(rate / flow.dt);
  const double lost = flow.offered - flow.served - (flow.waiting - flow.waiting_before) / flow.dt;
  const bool standing = std::min(flow.waiting, flow.waiting_before) >= kFewest && flow.waiting >= (1.0 - kFalling) * flow.waiting_before;
  losing_ = standing && lost > kLostShare * flow.offered + noise ? losing_ + 1 : 0;
  if (losing_ < kSure) return;
  seconds_ = seconds_ ? *seconds_ + kGain * (wait - *seconds_) : wait;
}

}  // namespace spillway::estimate
