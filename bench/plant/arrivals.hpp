#pragma once
#include <cstdint>
#include <limits>

#include "bench/plant/random.hpp"
#include "bench/plant/trace.hpp"

namespace spillway::bench {

/// The moments at which requests arrive: a Poisson process whose rate follows the trace. It depends on the trace and
/// the seed alone, so every law, and the clairvoyant bound, faces the same requests.
class ArrivalStream {
 public:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  /// `dispersion` >= 1 is the variance over the mean of the counts in one second; above 1 each second's rate is
  /// multiplied by a gamma variable (a negative binomial count), which is how bursty traffic looks inside a bin.
  ArrivalStream(Trace trace, std::uint64_t seed, double dispersion = 1.0);

  /// The time of the next arrival (kNever after the trace), and moves on.
  double next();

 private:
  void enter_second();

  Trace trace_;
  Random random_;
  double dispersion_;
  std::size_t bin_ = 0;
  double now_;
  double segment_end_;  ///< the rate is constant up to here
  double rate_ = 0.0;
};

}  // namespace spillway::bench
