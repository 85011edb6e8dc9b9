#include "model/estimate/pooling.hpp"

#include <algorithm>
#include <cmath>

#include "model/plant/lateness.hpp"

namespace spillway::estimate {
namespace {
constexpr double kLeastUse = 0.4, kMostUse = 0.92;  // idle queues are all empty; full ones all grow
constexpr double kKeep = 0.99;                      // per look
constexpr double kTelling = 10.0;                   // requests of difference that make one look worth believing
constexpr double kMostOfOwn = 3.0;                  // a longer queue than this times the unpooled one is overload
}  // namespace

void Pooling::update(const Look& look) {
  const double full = look.ready * look.capacity;
  if (look.ready < 2.0 || full <= 0.0) return;  // of one replica both are the same
  const double use = look.arrival_rate / full;
  if (use < kLeastUse || use > kMostUse) return;
  plant::RandomService service;
  service.capacity = look.capacity;
  service.concurrency = look.concurrency;
  const double shared = plant::mean_waiting(service, look.ready, look.arrival_rate);
  service.pooling = 0.0;
  const double own = plant::mean_waiting(service, look.ready, look.arrival_rate);
  if (look.waiting > kMostOfOwn * own + 3.0) return;
  excess_ = kKeep * excess_ + look.waiting - shared;
  difference_ = kKeep * difference_ + own - shared;
}

Estimated Pooling::efficiency() const {
  if (difference_ <= 0.0) return {1.0, 0.0};
  return {std::clamp(1.0 - excess_ / difference_, 0.0, 1.0), 1.0 - std::exp(-difference_ / kTelling)};
}

}  // namespace spillway::estimate
