#include "crds/v1alpha1/decoder.hpp"

#include <algorithm>
#include <limits>
#include <regex>
#include <set>

namespace spillway::v1alpha1 {

namespace {

std::string shortened(const nlohmann::json& json) {
  constexpr std::size_t kMost = 80;
  std::string text = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  if (text.size() > kMost) text = text.substr(0, kMost) + "...";
  return text;
}

bool matches(const std::string& value, const char* pattern) {
  return std::regex_search(value, std::regex(pattern, std::regex::ECMAScript));
}

}  // namespace

void Decoder::wrong_type(const std::string& path, const Json& json, const char* wanted) {
  fault(path, "Invalid value: " + shortened(json) + ": must be of type " + wanted);
}

void Decoder::invalid(const std::string& path, const Json& json, const std::string& allowed) {
  fault(path, "Invalid value: " + shortened(json) + ": " + allowed);
}

void Decoder::reject_unknown(const Json& json, const std::string& path, const std::vector<std::string>& known) {
  for (const auto& [name, value] : json.items()) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    std::string words;
    for (const auto& word : known) words += (words.empty() ? "" : ", ") + word;
    fault(path + "." + name, "unknown field \"" + path + "." + name + "\"; allowed here: " + words);
  }
}

void Decoder::reject_duplicates(const Json& json, const std::string& path, const char* key) {
  std::set<std::string> seen;
  for (std::size_t i = 0; i < json.size(); ++i) {
    if (!json[i].is_object() || !json[i].contains(key)) continue;  // reported already
    const std::string value = json[i][key].dump();
    if (!seen.insert(value).second)
      fault(path + "[" + std::to_string(i) + "]", "Duplicate value: {\"" + std::string(key) + "\":" + value + "}");
  }
}

void Decoder::read(const Json& json, const std::string& path, std::string& out, const Limits& limits) {
  if (!json.is_string()) return wrong_type(path, json, "string");
  const auto& value = json.get_ref<const std::string&>();
  if (value.size() < limits.min_length)
    return invalid(path, json, "should be at least " + std::to_string(limits.min_length) + " chars long");
  if (limits.max_length > 0 && value.size() > limits.max_length)
    return fault(path, "Too long: may not be more than " + std::to_string(limits.max_length) + " bytes");
  if (limits.pattern && !matches(value, limits.pattern))
    return invalid(path, json, "should match '" + std::string(limits.pattern) + "'");
  out = value;
}

void Decoder::read(const Json& json, const std::string& path, bool& out, const Limits&) {
  if (!json.is_boolean()) return wrong_type(path, json, "boolean");
  out = json.get<bool>();
}

void Decoder::read(const Json& json, const std::string& path, std::int64_t& out, const Limits& limits) {
  if (!json.is_number_integer()) return wrong_type(path, json, "integer");
  if (json.is_number_unsigned() && json.get<std::uint64_t>() > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
    return invalid(path, json, "should be less than or equal to " + std::to_string(limits.maximum.value_or(std::numeric_limits<std::int64_t>::max())));
  const auto value = json.get<std::int64_t>();
  if (limits.minimum && value < *limits.minimum)
    return invalid(path, json, "should be greater than or equal to " + std::to_string(*limits.minimum));
  if (limits.maximum && value > *limits.maximum)
    return invalid(path, json, "should be less than or equal to " + std::to_string(*limits.maximum));
  out = value;
}

void Decoder::read(const Json& json, const std::string& path, int& out, const Limits& limits) {
  Limits narrowed = limits;
  if (!narrowed.minimum) narrowed.minimum = std::numeric_limits<int>::min();
  if (!narrowed.maximum) narrowed.maximum = std::numeric_limits<int>::max();
  std::int64_t value = out;
  read(json, path, value, narrowed);
  out = static_cast<int>(value);
}

void Decoder::read(const Json& json, const std::string& path, ResourceQuantity& out, const Limits& limits) {
  if (!json.is_number_integer() && !json.is_string()) return wrong_type(path, json, "integer or string");
  const std::string written = json.is_string() ? json.get<std::string>() : json.dump();
  const auto parsed = parse_quantity(written);
  if (limits.greatest_quantity > 0.0 && (!parsed || parsed->value <= 0.0 || parsed->value > limits.greatest_quantity)) {
    return invalid(path, json, "must be a quantity greater than 0 and at most " +
                                   std::to_string(static_cast<long long>(limits.greatest_quantity)) +
                                   ", such as 25, \"12.5\" or \"500m\"");
  }
  if (!parsed) return fault(path, parsed.error().message);
  out = *parsed;
}

void Decoder::read(const Json& json, const std::string& path, Time& out, const Limits&) {
  if (!json.is_string()) return wrong_type(path, json, "string");
  const auto parsed = parse_time(json.get_ref<const std::string&>());
  if (!parsed) return fault(path, parsed.error().message);
  out = *parsed;
}

void Decoder::read(const Json& json, const std::string& path, std::map<std::string, std::string>& out, const Limits& limits) {
  if (!json.is_object()) return wrong_type(path, json, "object");
  if (limits.max_items > 0 && json.size() > limits.max_items)
    return fault(path, "Too many: must have at most " + std::to_string(limits.max_items) + " items");
  const Limits value_limits = text(0, limits.max_length);
  for (const auto& [name, value] : json.items()) read(value, path + "." + name, out[name], value_limits);
}

}  // namespace spillway::v1alpha1
