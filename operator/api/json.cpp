#include "operator/api/json.hpp"

#include <charconv>

#include "operator/kube/timestamp.hpp"

namespace spillway::api {
namespace {

const char* code_of(int status) {
  switch (status) {
    case 400: return "BadRequest";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "NotFound";
    case 405: return "MethodNotAllowed";
    case 409: return "Conflict";
    case 413: return "TooLarge";
    case 422: return "Unprocessable";
    case 426: return "UpgradeRequired";
    case 429: return "TooMany";
    case 502: return "BadGateway";
    case 503: return "Unavailable";
    default: return "Internal";
  }
}

int status_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kNotFound: return 404;
    case ErrorKind::kUnauthorized: return 401;
    case ErrorKind::kForbidden: return 403;
    case ErrorKind::kConflict: return 409;
    case ErrorKind::kInvalid: return 422;
    case ErrorKind::kThrottled: return 429;
    default: return 502;
  }
}

}  // namespace

Json number(float value) {
  if (!std::isfinite(value)) return nullptr;
  char text[32];
  const auto end = std::to_chars(text, text + sizeof text, value).ptr;
  double shortest = 0.0;
  std::from_chars(text, end, shortest);
  return shortest;
}

std::string moment(double seconds) {
  const io::WallTime time(std::chrono::milliseconds(std::llround(seconds * 1000.0)));
  std::string text = kube::format_micro_time(time);
  return text.substr(0, text.size() - 4) + "Z";  // microseconds to milliseconds
}

http::Response answer(const Json& body, int status) {
  return {status, body.dump(-1, ' ', false, Json::error_handler_t::replace), "application/json", {}};
}

http::Response refuse(int status, const std::string& message) { return refuse(status, code_of(status), message); }

http::Response refuse(int status, const char* code, const std::string& message) {
  return answer({{"error", {{"code", code}, {"message", message}}}}, status);
}

http::Response refuse(const Error& error) { return refuse(status_of(error.kind), error.message); }

Result<Json> parse_json(const std::string& body) {
  if (body.empty()) return Error{ErrorKind::kInvalid, "the body is empty: want JSON"};
  constexpr int kDeepest = 32;
  bool too_deep = false;
  const auto watch_depth = [&](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kDeepest;
    return !too_deep;  // what is discarded is not kept, so that nothing deep comes to be
  };
  Json parsed = Json::parse(body, watch_depth, false);
  if (too_deep) return Error{ErrorKind::kInvalid, "the body is nested deeper than " + std::to_string(kDeepest) + " levels"};
  if (parsed.is_discarded()) return Error{ErrorKind::kInvalid, "the body is not JSON"};
  return parsed;
}

Result<Json> parse_object(const std::string& body) {
  auto parsed = parse_json(body);
  if (parsed && !parsed->is_object()) return Error{ErrorKind::kInvalid, std::string("the body is ") + parsed->type_name() + ": want a JSON object"};
  return parsed;
}

}  // namespace spillway::api
