// Any text is a configuration or kInvalid. Fuzzed texts may name files (unreadable: a fault) but no program is run by parsing.
#include <cstdlib>

#include "operator/kube/config.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const spillway::io::SystemClock clock;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = spillway::kube::parse_kubeconfig(text, "/nonexistent", "", clock);
  if (!config && config.error().kind != spillway::ErrorKind::kInvalid) std::abort();
  if (config && !config->credentials) std::abort();
  return 0;
}
