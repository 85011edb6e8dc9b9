#pragma once
// Shared by the files of this room: how JSON goes out and comes in.
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "model/base/result.hpp"
#include "operator/http/routes.hpp"

namespace spillway::api {

using Json = nlohmann::ordered_json;

/// A figure, or null for what is not known: NaN and infinity never leave the process.
inline Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }
/// The same with the digits that a float really has, so that 0.1 does not become 0.10000000149.
Json number(float value);
template <typename T>
Json number(const std::optional<T>& value) {
  if (!value) return nullptr;
  if constexpr (std::is_integral_v<T>) return *value;
  else return number(static_cast<double>(*value));
}

/// Seconds since 1970 as RFC 3339 in UTC with milliseconds.
std::string moment(double seconds);
inline Json moment_or_null(const std::optional<double>& seconds) { return seconds ? Json(moment(*seconds)) : Json(nullptr); }

http::Response answer(const Json& body, int status = 200);
/// {"error": {"code", "message"}} with the code that belongs to the status.
http::Response refuse(int status, const std::string& message);
http::Response refuse(int status, const char* code, const std::string& message);
/// The same for an Error of the layers below: kNotFound -> 404, kForbidden -> 403, ...
http::Response refuse(const Error& error);

/// Any JSON of at most 32 levels; deeper ones would end the process in the recursion of whoever walks them. kInvalid otherwise.
Result<Json> parse_json(const std::string& body);
/// Body of a request as an object. kInvalid: empty, not JSON, or something else than an object.
Result<Json> parse_object(const std::string& body);

}  // namespace spillway::api
