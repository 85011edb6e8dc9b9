#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "bench/plant/trace.hpp"
#include "model/base/result.hpp"

namespace spillway::bench {

/// What to generate. Rates in requests per second, times in seconds.
struct ShapeRequest {
  std::string shape = "spike";
  double base = 20.0;
  double peak = 200.0;
  double dt = 1.0;         ///< length of a bin
  double duration = 0.0;   ///< 0 = the shape's own
  std::uint64_t seed = 1;  ///< of the shapes with noise
};

/// The names `generate` knows, with one line each.
struct ShapeName {
  const char* name;
  const char* what;
};
const std::vector<ShapeName>& shape_names();

/// A demand trace by name. kInvalid for an unknown name or a bin that is not positive.
Result<Trace> generate(const ShapeRequest& request);

}  // namespace spillway::bench
