// Whatever a Prometheus server answers is an answer or an Error, and no reading of it is a number that means nothing.
#include <cmath>
#include <cstdlib>

#include "operator/prometheus/decode.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  if (size < 1) return 0;
  io::HttpResponse response;
  response.status = data[0] % 2 ? 200 : 300 + data[0];
  response.body.assign(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading reading = prometheus::to_reading(prometheus::decode_answer(response));
  if (reading.usable() && !(std::isfinite(*reading.value) && *reading.value >= 0.0)) std::abort();
  return 0;
}
