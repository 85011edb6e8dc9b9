#pragma once
#include <array>
#include <cstddef>
#include <span>
#include <vector>

#include "model/base/policy.hpp"

namespace spillway::forecast {

/// The leads (in control periods) for which forecasts are learned and scored: dense at first, then growing by about a
/// quarter, with the one among them at which a replica asked for now begins to serve, if the policy gives the start-up lag:
/// interpolated there, a sharp edge that recurs is half seen and met a period late. Between two leads forecasts are
/// interpolated, beyond the last one they stay.
class Leads {
 public:
  static constexpr std::size_t kMost = 14;

  /// Leads that reach the policy's horizon, at most 48 periods away.
  explicit Leads(const Policy& policy);

  std::size_t size() const { return size_; }
  int operator[](std::size_t i) const { return steps_[i]; }
  int longest() const { return steps_[size_ - 1]; }
  std::size_t nearest(double steps) const;

  /// Where `steps` periods (fractional) lie: `share` of the way from knot `from` to the next. Knot 0 is now, knot i + 1 is lead i.
  struct Place {
    std::size_t from = 0;
    double share = 0.0;
  };
  Place place(double steps) const {
    double before = 0.0;
    for (std::size_t i = 0; i < size_; ++i) {
      const double to = steps_[i];
      if (steps <= to) return {i, (steps - before) / (to - before)};
      before = to;
    }
    return {size_ - 1, 1.0};
  }

 private:
  std::array<int, kMost> steps_{};
  std::size_t size_ = 0;
};

/// For every lead h, what was said h periods ago. Each lead keeps exactly h records in a ring: the slot about to be written
/// is the one written h periods ago, which has just come due.
template <typename Record>
class DueRecords {
 public:
  explicit DueRecords(const Leads& leads) : leads_(leads) {
    std::size_t total = 0;
    for (std::size_t j = 0; j < leads_.size(); ++j) {
      start_[j] = total;
      total += static_cast<std::size_t>(leads_[j]);
    }
    records_.resize(total);
  }
  /// The record of lead j that was written h_j periods before period `n` (and will be overwritten in period n).
  Record& due(std::size_t j, long n) {
    return records_[start_[j] + static_cast<std::size_t>(n % leads_[j])];
  }

 private:
  Leads leads_;
  std::array<std::size_t, Leads::kMost> start_{};
  std::vector<Record> records_;
};

}  // namespace spillway::forecast
