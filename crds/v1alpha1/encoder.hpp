#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/enums.hpp"
#include "crds/v1alpha1/status_fields.hpp"

namespace spillway::v1alpha1 {

/// Values -> JSON by the table in fields.hpp. Absent optionals and empty lists and maps are left out. Texts and lists are cut to
/// the schema's limits: a status with a long message must still be writable.
class Encoder {
 public:
  using Json = nlohmann::json;

  template <ApiObject T>
  static Json write(const T& value, const Limits&) {
    Json object = Json::object();
    Fields<T>::visit([&](const char* name, auto member, const Limits& limits) { put(object, name, value.*member, limits); });
    return object;
  }
  template <typename T>
  static Json write(const std::vector<T>& items, const Limits& limits) {
    Json array = Json::array();
    for (const T& item : items) {
      if (array.size() == limits.max_items) break;
      array.push_back(write(item, Limits{}));
    }
    return array;
  }
  template <ApiEnum E>
  static Json write(E value, const Limits&) { return to_string(value); }
  static Json write(const std::string& value, const Limits& limits);
  static Json write(bool value, const Limits&) { return value; }
  static Json write(int value, const Limits&) { return value; }
  static Json write(std::int64_t value, const Limits&) { return value; }
  static Json write(const ResourceQuantity& value, const Limits&) { return value.text; }
  static Json write(Time value, const Limits&) { return format_time(value); }
  static Json write(const std::map<std::string, std::string>& value, const Limits& limits);

 private:
  template <typename T>
  static void put(Json& object, const char* name, const T& value, const Limits& limits) { object[name] = write(value, limits); }
  template <typename T>
  static void put(Json& object, const char* name, const std::optional<T>& value, const Limits& limits) {
    if (value) object[name] = write(*value, limits);
  }
  template <typename T>
  static void put(Json& object, const char* name, const std::vector<T>& value, const Limits& limits) {
    if (!value.empty()) object[name] = write(value, limits);
  }
  static void put(Json& object, const char* name, const std::map<std::string, std::string>& value, const Limits& limits) {
    if (!value.empty()) object[name] = write(value, limits);
  }
};

}  // namespace spillway::v1alpha1
