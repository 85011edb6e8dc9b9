// Any bytes in any chunks: events or an Error, never a crash, and the cuts between chunks must not matter.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "operator/kube/watch_decoder.hpp"

namespace {

std::string decoded(std::string_view bytes, std::size_t chunk) {
  using namespace spillway::kube;
  WatchDecoder decoder;
  std::string text;
  while (!bytes.empty()) {
    const auto piece = bytes.substr(0, chunk);
    bytes.remove_prefix(piece.size());
    const auto fed = decoder.feed(piece, [&](WatchEventType type, const Json& object) {
      text += std::to_string(static_cast<int>(type)) + resource_version_of(object) + ",";
    });
    if (!fed) return text + to_string(fed.error().kind);
  }
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (decoded(bytes, 1 + data[0]) != decoded(bytes, size)) std::abort();
  (void)spillway::kube::decode_list(bytes, [](spillway::kube::Json&) {}).has_value();
  return 0;
}
