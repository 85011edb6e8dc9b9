#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/enums.hpp"
#include "crds/v1alpha1/status_fields.hpp"

namespace spillway::v1alpha1 {

enum class UnknownFields { kReject, kIgnore };

/// JSON -> values by the table in fields.hpp. Goes on after a fault, so that one look shows all of them; words follow the API
/// server's. A fault leaves the member at its default.
class Decoder {
 public:
  using Json = nlohmann::json;

  explicit Decoder(UnknownFields unknown) : unknown_(unknown) {}

  const std::vector<std::string>& faults() const { return faults_; }
  void fault(const std::string& path, const std::string& what) { faults_.push_back(path + ": " + what); }

  template <ApiObject T>
  void read(const Json& json, const std::string& path, T& out, const Limits&) {
    if (!json.is_object()) return wrong_type(path, json, "object");
    std::vector<std::string> known;
    Fields<T>::visit([&](const char* name, auto member, const Limits& limits) {
      known.emplace_back(name);
      const auto found = json.find(name);
      const std::string field_path = path + "." + name;
      if (found != json.end() && !found->is_null()) read(*found, field_path, out.*member, limits);
      else if (limits.required) fault(field_path, "Required value");
    });
    if (unknown_ == UnknownFields::kReject) reject_unknown(json, path, known);
  }

  template <typename T>
  void read(const Json& json, const std::string& path, std::optional<T>& out, const Limits& limits) {
    T value{};
    read(json, path, value, limits);
    out = std::move(value);
  }

  template <typename T>
  void read(const Json& json, const std::string& path, std::vector<T>& out, const Limits& limits) {
    if (!json.is_array()) return wrong_type(path, json, "array");
    if (json.size() > limits.max_items)
      return fault(path, "Too many: " + std::to_string(json.size()) + ": must have at most " + std::to_string(limits.max_items) + " items");
    for (std::size_t i = 0; i < json.size(); ++i) read(json[i], path + "[" + std::to_string(i) + "]", out.emplace_back(), Limits{});
    if (limits.list_key) reject_duplicates(json, path, limits.list_key);
  }

  template <ApiEnum E>
  void read(const Json& json, const std::string& path, E& out, const Limits&) {
    if (!json.is_string()) return wrong_type(path, json, "string");
    if (const auto value = from_string<E>(json.get_ref<const std::string&>())) {
      out = *value;
      return;
    }
    std::string words;
    for (const auto& row : EnumWords<E>::kTable.rows) words += (words.empty() ? "\"" : ", \"") + std::string(row.word) + "\"";
    fault(path, "Unsupported value: " + json.dump() + ": supported values: " + words);
  }

  void read(const Json& json, const std::string& path, std::string& out, const Limits& limits);
  void read(const Json& json, const std::string& path, bool& out, const Limits&);
  void read(const Json& json, const std::string& path, int& out, const Limits& limits);
  void read(const Json& json, const std::string& path, std::int64_t& out, const Limits& limits);
  void read(const Json& json, const std::string& path, ResourceQuantity& out, const Limits& limits);
  void read(const Json& json, const std::string& path, Time& out, const Limits&);
  void read(const Json& json, const std::string& path, std::map<std::string, std::string>& out, const Limits& limits);

 private:
  void wrong_type(const std::string& path, const Json& json, const char* wanted);
  void invalid(const std::string& path, const Json& json, const std::string& allowed);
  void reject_unknown(const Json& json, const std::string& path, const std::vector<std::string>& known);
  void reject_duplicates(const Json& json, const std::string& path, const char* key);

  UnknownFields unknown_;
  std::vector<std::string> faults_;
};

}  // namespace spillway::v1alpha1
