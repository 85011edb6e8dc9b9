#include "operator/record/json.hpp"

#include <cmath>
#include <limits>

namespace spillway::record {

void reject(const std::string& field, const Json& value, const std::string& allowed) {
  throw FieldError("field \"" + field + "\": " + value.dump() + " is not allowed; want " + allowed);
}

std::optional<double> to_double(const Json& value) {
  if (value.is_number()) return value.get<double>();
  if (!value.is_string()) return std::nullopt;
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const auto& word = value.get_ref<const std::string&>();
  if (word == "NaN" || word == "nan") return std::numeric_limits<double>::quiet_NaN();
  if (word == "Infinity" || word == "+Infinity" || word == "Inf" || word == "+Inf" || word == "inf") return kInfinity;
  if (word == "-Infinity" || word == "-Inf" || word == "-inf") return -kInfinity;
  return std::nullopt;
}

double required_number(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end()) throw FieldError(std::string("field \"") + field + "\" is missing; want a number");
  const auto number = to_double(*found);
  if (!number || !std::isfinite(*number)) reject(field, *found, "a finite number");
  return *number;
}

int required_count(const Json& object, const char* field) {
  const double number = required_number(object, field);
  if (number < 0 || number != std::floor(number) || number > std::numeric_limits<int>::max()) {
    reject(field, object.at(field), "a whole number from 0 to 2147483647");
  }
  return static_cast<int>(number);
}

bool optional_flag(const Json& object, const char* field, bool fallback) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return fallback;
  if (!found->is_boolean()) reject(field, *found, "true or false");
  return found->get<bool>();
}

std::string optional_string(const Json& object, const char* field) {
  const auto found = object.find(field);
  if (found == object.end() || found->is_null()) return {};
  if (!found->is_string()) reject(field, *found, "a string");
  return found->get<std::string>();
}

namespace {

/// Quotes the words NaN, Infinity and -Infinity where they stand outside of strings.
std::string quote_bare_words(std::string_view text) {
  std::string quoted;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') in_string = !in_string;
    if (in_string && text[i] == '\\' && i + 1 < text.size()) quoted += text[i++];
    bool replaced = false;
    for (const std::string_view word : {"NaN", "-Infinity", "Infinity"}) {
      if (in_string || text.substr(i, word.size()) != word) continue;
      quoted.append("\"").append(word).append("\"");
      i += word.size() - 1;
      replaced = true;
      break;
    }
    if (!replaced) quoted += text[i];
  }
  return quoted;
}

}  // namespace

Json parse_object(std::string_view text) {
  Json object = Json::parse(text, nullptr, false);
  if (object.is_discarded()) object = Json::parse(quote_bare_words(text));
  if (!object.is_object()) throw FieldError("not a JSON object");
  return object;
}

std::string to_text(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json from_double(double value) {
  if (std::isnan(value)) return "NaN";
  if (std::isinf(value)) return value > 0 ? "Infinity" : "-Infinity";
  return value;
}

}  // namespace spillway::record
