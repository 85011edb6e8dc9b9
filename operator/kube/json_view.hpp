#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>

#include "operator/kube/json.hpp"

/// Ways to read fields of foreign objects that may be absent or of another type: such a field counts as absent. For codecs only.
namespace spillway::kube::view {

inline const Json& none() {
  static const Json null;
  return null;
}

/// The member, or null: so that paths can be followed through objects that lack it.
inline const Json& at(const Json& object, const char* name) {
  if (!object.is_object()) return none();
  const auto found = object.find(name);
  return found == object.end() ? none() : *found;
}
template <typename... Names>
const Json& at(const Json& object, const char* name, const char* next, Names... names) {
  return at(at(object, name), next, names...);
}

inline std::string text(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string(); }
inline std::string text(const Json& object, const char* name) { return text(at(object, name)); }
inline std::int64_t whole(const Json& value, std::int64_t otherwise) {
  return value.is_number_integer() ? value.get<std::int64_t>() : otherwise;
}

}  // namespace spillway::kube::view
