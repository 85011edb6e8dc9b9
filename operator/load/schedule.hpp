#pragma once
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/units.hpp"

namespace spillway::load {

/// A constant rate held for a while.
struct Phase {
  RequestsPerSecond rate{0.0};
  Seconds duration{0.0};
};
using RatePlan = std::vector<Phase>;

/// Reads "20x60s,200x1m,20x120s": requests per second x duration (ms, s, m, h). kInvalid names the phase and what is
/// allowed.
Result<RatePlan> parse_phases(std::string_view text);

/// Reads a trace: header `seconds,rps` or `step,timestamp_s,rps[,phase_idx]`; a row's rate holds until the next row's
/// time, the last one as long as the row before it. kInvalid says "row N: ..." (row 1 is the first after the header).
Result<RatePlan> parse_trace(std::string_view csv);

Seconds length(const RatePlan& plan);
Requests expected_requests(const RatePlan& plan);

enum class Arrivals { kPoisson, kUniform };

/// The arrival times of a plan, one by one: a unit-rate process run through the inverse of the cumulative rate (Cinlar,
/// "Introduction to Stochastic Processes", 1975). The same plan, kind and seed give the same times on every machine.
class Schedule {
 public:
  Schedule(RatePlan plan, Arrivals arrivals, std::uint64_t seed);
  /// Seconds since the start, never decreasing; nothing once the plan is over.
  std::optional<Seconds> next();

 private:
  RatePlan plan_;
  Arrivals arrivals_;
  std::mt19937_64 random_;
  double wanted_ = 0.0;       // cumulative requests at the next arrival
  double passed_ = 0.0;       // cumulative requests at the start of the present phase
  double phase_start_ = 0.0;  // seconds
  std::size_t phase_ = 0;
};

}  // namespace spillway::load
