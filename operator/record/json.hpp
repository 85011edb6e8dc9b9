#pragma once
// Shared by the codecs of this room only: typed access to fields, with errors that name field, value and what is
// allowed.
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "model/base/observation.hpp"
#include "model/base/policy.hpp"
#include "model/base/result.hpp"
#include "model/decide/decision.hpp"
#include "model/plan/plan.hpp"

namespace spillway::record {

using Json = nlohmann::ordered_json;

/// Thrown inside a codec and turned into an Error (kInvalid) by decode(); never leaves this room.
struct FieldError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

[[noreturn]] void reject(const std::string& field, const Json& value, const std::string& allowed);

/// Numbers; also the strings "NaN", "Infinity", "+Inf", "-Infinity", ... for what JSON cannot spell.
std::optional<double> to_double(const Json& value);
double required_number(const Json& object, const char* field);
int required_count(const Json& object, const char* field);
bool optional_flag(const Json& object, const char* field, bool fallback);
std::string optional_string(const Json& object, const char* field);

/// Parses `text`, also where a writer (Python's json.dumps) left NaN or Infinity bare.
Json parse_object(std::string_view text);

/// NaN and infinities as strings, so that no value is lost on the way.
Json from_double(double value);

/// Runs a codec body and turns what it throws into kInvalid.
template <typename Body>
auto decode(Body&& body) -> Result<decltype(body())> {
  try {
    return body();
  } catch (const FieldError& error) {
    return Error{ErrorKind::kInvalid, error.what()};
  } catch (const nlohmann::json::exception& error) {
    return Error{ErrorKind::kInvalid, std::string("not valid JSON: ") + error.what()};
  }
}

/// One line of text; bytes that are not UTF-8 are replaced.
std::string to_text(const Json& json);

Observation observation_from(const Json& line, Seconds t, bool& ready_known);
Json to_json(Seconds t, const Observation& observation);
Json to_json(Seconds t, const decide::Decision& decision, const plan::Plan& plan);
Policy policy_from(const Json& object);
Json to_json(const Policy& policy);

}  // namespace spillway::record
