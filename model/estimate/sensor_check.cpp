#include "model/estimate/sensor_check.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spillway::estimate {
namespace {
// A single sample beyond this multiple of everything seen, with no other sensor agreeing, is a fault: real services have
// been seen to grow tenfold within a sample, not twentyfold.
constexpr double kSpikeFactor = 20.0;
constexpr int kRealAfter = 20;                  // samples in a row
constexpr double kSameMagnitude = 3.0;       // a doubted sample is confirmed by one within this factor
constexpr double kSurelyNotChance = 10.0;    // requests expected in a window that then shows none
constexpr double kHighestFade = 0.9995;      // per believed sample
}  // namespace

std::optional<double> SensorCheck::accept(const Reading& reading, const Plausibility& facts,
                                          std::vector<Rejection>& rejections) {
  fresh_.reset();
  if (reading.absence == Absence::kNotAsked) return std::nullopt;
  asked_ = true;
  const auto refuse = [&](const char* reason, double value) -> std::optional<double> {
    rejections.push_back({metric_, reason, value});
    return std::nullopt;
  };
  if (!reading.usable()) {
    const double value = reading.value.value_or(0.0);
    return refuse(to_string(reading.absence), std::isfinite(value) ? value : 0.0);
  }
  const double value = *reading.value;
  if (std::isnan(value)) return refuse(to_string(Absence::kNotANumber), 0.0);
  if (std::isinf(value)) return refuse(to_string(Absence::kInfinite), 0.0);
  if (value < 0.0) return refuse(to_string(Absence::kNegative), value);
  // An older sample than the one before, or the same one again, is no news.
  if (seen_ > 0 && reading.time < last_time_) return refuse("Late", value);
  if (seen_ > 0 && reading.time == last_time_ && value == last_raw_ && value != level_) return refuse("Repeated", value);
  last_time_ = reading.time;
  last_raw_ = value;
  if (const char* reason = doubt(value, facts)) {
    doubted_ = value;
    return refuse(reason, value);
  }
  limit_what_is_unbacked(value, facts);
  believe(value);
  return fresh_ = value;
}

const char* SensorCheck::doubt(double value, const Plausibility& facts) {
  if (seen_ == 0) {
    const bool beyond_all_pods = facts.capacity > 0.0 && value > kSpikeFactor * facts.capacity;
    return beyond_all_pods && !facts.surge_shows && !doubted_ ? "Spike" : nullptr;
  }
  const bool vanished = value <= 0.0 && level_ * facts.rate_window > kSurelyNotChance;
  if (vanished) {
    if (facts.load_shows) return "Contradicted";
    return doubted_ && *doubted_ <= 0.0 ? nullptr : "Vanished";
  }
  const double known = std::max(highest_, facts.capacity);
  const double requests = facts.rate_window > 0.0 ? value * facts.rate_window : value;
  if (value > kSpikeFactor * known && requests > kSurelyNotChance && !facts.surge_shows) {
    const bool confirmed = doubted_ && value < kSameMagnitude * *doubted_ && value * kSameMagnitude > *doubted_;
    return confirmed && !facts.calm_shows ? nullptr : "Spike";
  }
  return nullptr;
}

/// A sensor at 1e6 for a minute is acted on, if nothing contradicts it, but must not teach that such demand exists. If it stays it is real.
void SensorCheck::limit_what_is_unbacked(double value, const Plausibility& facts) {
  const double usual = std::max(usual_, facts.capacity);
  const bool unbacked = usual > 0.0 && value > kSpikeFactor * usual && !facts.surge_shows;
  unbacked_ = unbacked ? unbacked_ + 1 : 0;
  const bool is_limited = unbacked && unbacked_ < kRealAfter;
  most_to_learn_ = is_limited ? kSpikeFactor * usual : std::numeric_limits<double>::infinity();
  if (!is_limited) usual_ = std::max(value, usual_ * kHighestFade);
}

void SensorCheck::believe(double value) {
  repeats_ = seen_ > 0 && value == level_ ? repeats_ + 1 : 0;
  ++seen_;
  level_ = value;
  highest_ = std::max(value, highest_ * kHighestFade);
  doubted_.reset();
}

}  // namespace spillway::estimate
