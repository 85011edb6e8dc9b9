#pragma once
#include <vector>

namespace spillway::bench {

/// Demand over time: `rate[i]` requests per second hold from `time[i]` to the next time; the last bin is as long as the
/// one before it. Times in seconds, ascending. An empty trace means no load.
struct Trace {
  std::vector<double> time;
  std::vector<double> rate;
  std::vector<int> phase;  ///< optional phase numbers of the reference laboratory's format; empty or one per bin

  std::size_t size() const { return time.size(); }
  double bin_end(std::size_t i) const {
    if (i + 1 < size()) return time[i + 1];
    return time[i] + (size() > 1 ? time[i] - time[i - 1] : 1.0);
  }
  double begin() const { return time.empty() ? 0.0 : time.front(); }
  double end() const { return time.empty() ? 0.0 : bin_end(size() - 1); }
};

}  // namespace spillway::bench
