#include "crds/v1alpha1/encoder.hpp"

namespace spillway::v1alpha1 {

nlohmann::json Encoder::write(const std::string& value, const Limits& limits) {
  if (limits.max_length == 0 || value.size() <= limits.max_length) return value;
  std::size_t end = limits.max_length;
  const auto continues = [&](std::size_t i) { return (static_cast<unsigned char>(value[i]) & 0xC0) == 0x80; };
  while (end > 0 && continues(end)) --end;  // never cut a UTF-8 character in two
  return value.substr(0, end);
}

nlohmann::json Encoder::write(const std::map<std::string, std::string>& value, const Limits& limits) {
  Json object = Json::object();
  for (const auto& [name, item] : value) {
    if (limits.max_items > 0 && object.size() == limits.max_items) break;
    object[name] = write(item, text(0, limits.max_length));
  }
  return object;
}

}  // namespace spillway::v1alpha1
