#pragma once
#include <bit>
#include <cstdint>
#include <vector>

namespace spillway::bench {

/// Counts of positive values in buckets of about 1.1 % relative width (64 per octave, read off the bits of a double),
/// from 2^-20 to 2^12 (a microsecond to an hour, in seconds). Smaller values, zero included, go to the first bucket,
/// which reads 0.
class Histogram {
 public:
  void add(double value) {
    ++counts_[index_of(value)];
    ++total_;
  }
  std::uint64_t total() const { return total_; }

  /// The value below which a share `q` (0..1) of the counts lies; 0 when empty.
  double quantile(double q) const { return quantile_between(q, nullptr); }
  /// The same for what was added since `earlier`, a former copy of this histogram.
  double quantile_since(double q, const Histogram& earlier) const { return quantile_between(q, &earlier); }
  double max() const { return quantile(1.0); }

 private:
  static constexpr int kLowestExponent = -20;
  static constexpr int kOctaves = 32;
  static constexpr std::size_t kBuckets = kOctaves * 64 + 1;

  static std::size_t index_of(double value) {
    const auto bits =
        static_cast<std::int64_t>(std::bit_cast<std::uint64_t>(value) >> 46);  // exponent and 6 bits of mantissa
    const std::int64_t index = bits - (static_cast<std::int64_t>(1023 + kLowestExponent) << 6) + 1;
    if (index < 1) return 0;
    return index < static_cast<std::int64_t>(kBuckets) ? static_cast<std::size_t>(index) : kBuckets - 1;
  }
  static double middle_of(std::size_t index) {
    if (index == 0) return 0.0;
    const auto bits = static_cast<std::uint64_t>(index - 1 + (static_cast<std::uint64_t>(1023 + kLowestExponent) << 6));
    return std::bit_cast<double>((bits << 46) | (std::uint64_t{1} << 45));
  }
  double quantile_between(double q, const Histogram* earlier) const {
    const std::uint64_t total = total_ - (earlier ? earlier->total_ : 0);
    if (total == 0) return 0.0;
    const double rank = q * static_cast<double>(total);
    std::uint64_t seen = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      const std::uint64_t here = counts_[i] - (earlier ? earlier->counts_[i] : 0);
      if (here == 0) continue;
      seen += here;
      last = i;
      if (static_cast<double>(seen) >= rank) break;
    }
    return middle_of(last);
  }

  std::vector<std::uint32_t> counts_ = std::vector<std::uint32_t>(kBuckets, 0);
  std::uint64_t total_ = 0;
};

}  // namespace spillway::bench
