#pragma once
#include <optional>
#include <string>
#include <vector>

#include "model/base/observation.hpp"
#include "model/estimate/state_estimate.hpp"

namespace spillway::estimate {

/// What is known about the service when a sample arrives, to judge whether the sample can be true.
struct Plausibility {
  double capacity = 0.0;         ///< mu n that is ready, requests per second; 0 = unknown
  double rate_window = 30.0;     ///< seconds over which rates are averaged
  bool load_shows = false;       ///< other sensors show work: throughput, a queue, utilisation
  bool surge_shows = false;      ///< other sensors show that much more work came than before
};

/// Judges the samples of one sensor against its own past: finite, not negative, newer than the last, and no jump that
/// nothing else supports. Doubt lasts one sample only: what a second sample repeats is real.
class SensorCheck {
 public:
  explicit SensorCheck(std::string metric) : metric_(std::move(metric)) {}

  /// The reading's value if it can be believed. Otherwise nothing, and `rejections` says why.
  std::optional<double> accept(const Reading& reading, const Plausibility& facts, std::vector<Rejection>& rejections);

  bool asked() const { return asked_; }       ///< the policy has this metric
  bool ever_seen() const { return seen_ > 0; }
  double level() const { return level_; }     ///< the last believed value
  double highest() const { return highest_; }  ///< highest believed value, fading slowly
  Seconds last_time() const { return last_time_; }

 private:
  const char* doubt(double value, const Plausibility& facts);
  void believe(double value);

  std::string metric_;
  bool asked_ = false;
  int seen_ = 0;
  double level_ = 0.0;
  double highest_ = 0.0;
  std::optional<double> doubted_;  ///< the previous sample, when it was refused as implausible
  Seconds last_time_{-1e300};
  double last_raw_ = -1.0;
};

}  // namespace spillway::estimate
