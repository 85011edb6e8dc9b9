#include "model/estimate/queueing.hpp"

#include <algorithm>
#include <cmath>

#include "model/plant/lateness.hpp"

namespace spillway::estimate {
namespace {
constexpr double kLeastUse = 0.4, kMostUse = 0.92;  // idle queues are all empty; full ones all grow
constexpr double kKeep = 0.99;                      // per look
constexpr double kTelling = 10.0;                   // requests of difference, or expected, that make looks worth believing
constexpr double kMostOfOwn = 3.0;                  // a longer queue than this times the unpooled one is overload
constexpr double kLeastVariability = 0.5;           // arrivals at random, requests all equal
}  // namespace

void Queueing::update(const Look& look) {
  const double full = look.ready * look.capacity;
  if (look.ready < 1.0 || full <= 0.0) return;
  const double use = look.arrival_rate / full;
  if (use < kLeastUse || use > kMostUse) return;
  plant::RandomService service;
  service.capacity = look.capacity;
  service.concurrency = look.concurrency;
  const double shared = plant::mean_waiting(service, look.ready, look.arrival_rate);
  service.pooling = 0.0;
  const double own = plant::mean_waiting(service, look.ready, look.arrival_rate);
  if (look.waiting > kMostOfOwn * own + 3.0) return;
  waiting_ = kKeep * waiting_ + look.waiting;
  shared_ = kKeep * shared_ + shared;
  own_ = kKeep * own_ + own;
}

Estimated Queueing::pooling() const {
  const double difference = own_ - shared_;
  if (difference <= 1e-9 * own_) return {1.0, 0.0};  // of one replica both are the same
  return {std::clamp(1.0 - (waiting_ - shared_) / difference, 0.0, 1.0), 1.0 - std::exp(-difference / kTelling)};
}

Estimated Queueing::variability() const {
  const double factor = (kTelling + std::max(0.0, waiting_)) / (kTelling + shared_);
  return {std::clamp(factor, kLeastVariability, 1.0), 1.0 - std::exp(-shared_ / kTelling)};
}

}  // namespace spillway::estimate
