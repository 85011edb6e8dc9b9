// Any body and any Retry-After header make an Error with a patience that is a sane number.
#include <cstdlib>

#include "operator/kube/status_decoder.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 3) return 0;
  const int code = 300 + (data[0] * 256 + data[1]) % 300;
  const std::size_t header_size = data[2] % (size - 2);
  const char* text = reinterpret_cast<const char*>(data) + 3;
  const std::string header(text, header_size);
  const auto error = spillway::kube::decode_status(code, {text + header_size, size - 3 - header_size}, header.empty() ? nullptr : &header);
  if (error.retry_after_seconds && !(*error.retry_after_seconds >= 0 && *error.retry_after_seconds <= 86400)) std::abort();
  return 0;
}
