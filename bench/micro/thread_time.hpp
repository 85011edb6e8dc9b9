#pragma once
#include <algorithm>
#include <ctime>
#include <vector>

namespace spillway::bench {

/// CPU time of this thread: what shared cores do not disturb much.
inline double thread_microseconds() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return 1e6 * static_cast<double>(t.tv_sec) + 1e-3 * static_cast<double>(t.tv_nsec);
}

/// The q-quantile of `values`.
inline double quantile(std::vector<double> values, double q) {
  if (values.empty()) return 0.0;
  std::ranges::sort(values);
  return values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
}

}  // namespace spillway::bench
