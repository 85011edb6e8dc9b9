#pragma once
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "model/base/observation.hpp"
#include "model/estimate/state_estimate.hpp"

namespace spillway::estimate {

/// What is known about the service when a sample arrives, to judge whether the sample can be true.
struct Plausibility {
  double capacity = 0.0;         ///< mu n that is ready, requests per second; 0 = unknown
  double rate_window = 30.0;     ///< seconds over which rates are averaged; 0 = the sensor is no rate, and zero no surprise
  bool load_shows = false;       ///< other sensors show work: throughput, a queue, utilisation
  bool surge_shows = false;      ///< other sensors show that much more work came than before
  bool calm_shows = false;       ///< other sensors show free pods and no queue, which a flood would not leave
};

/// Judges the samples of one sensor against its own past: finite, not negative, newer than the last, and no jump that
/// nothing else supports. Doubt lasts one sample only, what a second sample repeats is real, unless other sensors go on to contradict it.
class SensorCheck {
 public:
  explicit SensorCheck(std::string metric) : metric_(std::move(metric)) {}

  /// The reading's value if it can be believed. Otherwise nothing, and `rejections` says why.
  std::optional<double> accept(const Reading& reading, const Plausibility& facts, std::vector<Rejection>& rejections);

  bool asked() const { return asked_; }       ///< the policy has this metric
  bool ever_seen() const { return seen_ > 0; }
  double level() const { return level_; }     ///< the last believed value
  int repeats() const { return repeats_; }    ///< how often that value has come again, each time newly sampled
  std::optional<double> fresh() const { return fresh_; }  ///< the last sample, if it was believed
  double most_to_learn() const { return most_to_learn_; }  ///< of the level; below it where only its own repetition speaks for it
  double highest() const { return highest_; }  ///< highest believed value, fading slowly
  Seconds last_time() const { return last_time_; }

 private:
  const char* doubt(double value, const Plausibility& facts);
  void limit_what_is_unbacked(double value, const Plausibility& facts);
  void believe(double value);

  std::string metric_;
  bool asked_ = false;
  int seen_ = 0;
  int repeats_ = 0;
  int unbacked_ = 0;    ///< samples in a row that only their own repetition speaks for
  double usual_ = 0.0;  ///< `highest_` without those
  double most_to_learn_ = std::numeric_limits<double>::infinity();
  double level_ = 0.0;
  double highest_ = 0.0;
  std::optional<double> fresh_;
  std::optional<double> doubted_;  ///< the previous sample, when it was refused as implausible
  Seconds last_time_{-1e300};
  double last_raw_ = -1.0;
};

}  // namespace spillway::estimate
