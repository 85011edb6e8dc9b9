#include "bench/plant/arrivals.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::bench {

ArrivalStream::ArrivalStream(Trace trace, std::uint64_t seed, double dispersion)
    : trace_(std::move(trace)), random_(seed, 1), dispersion_(dispersion), now_(trace_.begin()), segment_end_(now_) {
  if (trace_.size() > 0) enter_second();
}

void ArrivalStream::enter_second() {
  while (bin_ < trace_.size() && trace_.bin_end(bin_) <= now_) ++bin_;
  if (bin_ == trace_.size()) return;
  segment_end_ = trace_.bin_end(bin_);
  rate_ = trace_.rate[bin_];
  if (dispersion_ > 1.0 && rate_ > 0.0) {
    segment_end_ = std::min(segment_end_, std::floor(now_) + 1.0);
    // Counts with mean m and variance D m: Poisson of a gamma rate with variance (D - 1) m, so shape m / (D - 1).
    rate_ *= random_.gamma(rate_ / (dispersion_ - 1.0));
  }
}

double ArrivalStream::next() {
  // The exponential clock runs through segments of constant rate; what is left of it carries into the next segment.
  double clock = random_.exponential();
  while (bin_ < trace_.size()) {
    const double span = segment_end_ - now_;
    if (rate_ * span >= clock && rate_ > 0.0) {
      now_ += clock / rate_;
      return now_;
    }
    clock -= rate_ * span;
    now_ = segment_end_;
    enter_second();
  }
  return kNever;
}

}  // namespace spillway::bench
