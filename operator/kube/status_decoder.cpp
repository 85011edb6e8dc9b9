#include "operator/kube/status_decoder.hpp"

#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

namespace spillway::kube {
namespace {

constexpr std::size_t kLongestMessage = 2000;

const Json* member(const Json& object, const char* name) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

std::string text_member(const Json& object, const char* name) {
  const Json* value = member(object, name);
  return value && value->is_string() ? value->get<std::string>() : std::string();
}

std::optional<double> seconds_in(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (error != std::errc{} || end != text.data() + text.size() || !(seconds >= 0) || seconds > 86400) return std::nullopt;
  return seconds;
}

bool names_causes(const Json& status) {
  const Json* details = member(status, "details");
  const Json* causes = details ? member(*details, "causes") : nullptr;
  return causes && causes->is_array() && !causes->empty();
}

ErrorKind kind_of(int code, const Json& status, bool has_retry_after) {
  switch (code) {
    case 401: return ErrorKind::kUnauthorized;
    case 403: return ErrorKind::kForbidden;
    case 404: return ErrorKind::kNotFound;
    case 408:
    case 504: return ErrorKind::kTimeout;
    case 409: return ErrorKind::kConflict;
    case 410: return ErrorKind::kGone;
    case 422: return names_causes(status) ? ErrorKind::kInvalid : ErrorKind::kConflict;
    case 429: return ErrorKind::kThrottled;
    case 503: return has_retry_after ? ErrorKind::kThrottled : ErrorKind::kTransient;
    default: return code >= 400 && code < 500 ? ErrorKind::kInvalid : ErrorKind::kTransient;
  }
}

Error make_error(int code, const Json& status, std::string message, std::optional<double> retry_after) {
  if (const Json* details = member(status, "details"); details && !retry_after)
    if (const Json* seconds = member(*details, "retryAfterSeconds"); seconds && seconds->is_number_integer())
      if (const auto asked = seconds->get<std::int64_t>(); asked > 0 && asked <= 86400) retry_after = double(asked);
  Error error;
  error.kind = kind_of(code, status, retry_after.has_value());
  if (error.kind == ErrorKind::kThrottled) error.retry_after_seconds = retry_after.value_or(1.0);
  if (code == 422 && error.kind == ErrorKind::kConflict) message = "the object is not as the patch expects it: " + message;
  error.message = std::to_string(code) + " " + message.substr(0, kLongestMessage);
  return error;
}

}  // namespace

Error decode_status(int http_status, std::string_view body, const std::string* retry_after_header) {
  const Json status = Json::parse(body, nullptr, false);
  std::string message = text_member(status, "message");
  // Not every 4xx or 5xx comes from the API server's own code: proxies and filters answer in plain text.
  if (message.empty() && status.is_discarded()) message = std::string(body.substr(0, kLongestMessage));
  if (message.empty()) message = text_member(status, "reason");
  const auto retry_after = retry_after_header ? seconds_in(*retry_after_header) : std::nullopt;
  return make_error(http_status, status, std::move(message), retry_after);
}

Error decode_status_object(const Json& status) {
  const Json* code = member(status, "code");
  const bool usable = code && code->is_number_integer() && *code >= 400 && *code <= 599;
  return make_error(usable ? code->get<int>() : 500, status, text_member(status, "message"), std::nullopt);
}

}  // namespace spillway::kube
