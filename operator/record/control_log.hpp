#pragma once
#include <map>
#include <string>

#include "operator/record/decision_record.hpp"

namespace spillway::record {

/// A policy's steps in the format that users of the MPC laboratory know: its 24 columns, then ours (what the forecast, the plan and the
/// guards said), and its summary of them. A value that is not there is an empty cell, never 0: Spillway reads no CPU, so the two columns
/// about it are always empty. Feed one policy's steps in order of time.
class ControlLog {
 public:
  static std::string header();
  /// The step's row, without a newline, and its share in the summary.
  std::string add(const ReplayedStep& step);

  /// "figure,value" lines: samples, replicas, moves, rates, growth by cause, solver statuses.
  std::string summary_csv() const;

 private:
  std::optional<Seconds> began_;
  int samples_ = 0;
  double replica_sum_ = 0.0;
  Replicas most_replicas_ = 0;
  int variation_ = 0;  ///< sum of |applied - previous|
  int rate_samples_ = 0;
  double rate_sum_ = 0.0, most_rate_ = 0.0;
  double demand_sum_ = 0.0;
  int demand_samples_ = 0;
  std::optional<double> most_inflight_;
  std::map<std::string, int> growth_;
  std::map<std::string, int> solver_;
};

}  // namespace spillway::record
