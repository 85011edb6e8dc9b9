#pragma once
#include <cmath>
#include <cstdint>

namespace spillway::bench {

/// A seeded stream of random numbers: xoshiro256** (Blackman and Vigna, 2018), seeded by splitmix64. Streams with
/// different `stream` numbers are independent, so that e.g. arrivals do not depend on how many start-up lags were
/// drawn.
class Random {
 public:
  explicit Random(std::uint64_t seed, std::uint64_t stream = 0) {
    std::uint64_t x = seed * 0x9E3779B97F4A7C15ULL + stream * 0xD1B54A32D192ED03ULL + 1;
    for (auto& word : state_) {
      x += 0x9E3779B97F4A7C15ULL;
      std::uint64_t z = x;
      z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
      z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
      word = z ^ (z >> 31);
    }
  }

  /// Uniform in (0, 1): never 0, so that its logarithm is finite.
  double uniform() { return (static_cast<double>(next() >> 11) + 0.5) * 0x1.0p-53; }
  /// Exponential with mean 1.
  double exponential() { return -std::log(uniform()); }
  /// Standard normal (Box-Muller).
  double normal() { return std::sqrt(2.0 * exponential()) * std::cos(6.283185307179586 * uniform()); }
  /// Uniform in 0 .. n-1.
  std::size_t below(std::size_t n) { return static_cast<std::size_t>(uniform() * static_cast<double>(n)); }
  /// Gamma with mean 1 and the given shape (Marsaglia and Tsang, 2000; shapes below 1 by the usual power boost).
  double gamma(double shape) {
    const double boost = shape < 1.0 ? std::pow(uniform(), 1.0 / shape) : 1.0;
    const double d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0;
    while (true) {
      const double x = normal();
      const double v = std::pow(1.0 + x / std::sqrt(9.0 * d), 3.0);
      if (v > 0.0 && std::log(uniform()) < 0.5 * x * x + d - d * v + d * std::log(v)) return boost * d * v / shape;
    }
  }

 private:
  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[1] * 5, 7) * 9;
    const std::uint64_t t = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= t;
    state_[3] = rotate(state_[3], 45);
    return result;
  }
  static std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  std::uint64_t state_[4];
};

}  // namespace spillway::bench
