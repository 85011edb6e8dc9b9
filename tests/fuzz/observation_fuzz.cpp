// Any line is an observation or kInvalid, and a usable reading is a number that the model may work with.
#include <cmath>
#include <cstdlib>

#include "operator/record/observation_json.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  const auto input = record::parse_observation({reinterpret_cast<const char*>(data), size});
  if (!input) {
    if (input.error().kind != ErrorKind::kInvalid) std::abort();
    return 0;
  }
  for (const Reading* reading : {&input->observation.arrival_rate, &input->observation.backlog, &input->observation.throughput}) {
    if (reading->usable() && !(std::isfinite(*reading->value) && *reading->value >= 0.0)) std::abort();
  }
  const std::string line = record::observation_line(input->t, input->observation);
  const auto again = record::parse_observation(line);
  if (!again || record::observation_line(again->t, again->observation) != line) std::abort();
  return 0;
}
