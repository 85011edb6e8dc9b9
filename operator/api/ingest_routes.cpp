#include "operator/api/ingest_routes.hpp"

#include <algorithm>
#include <array>
#include <cctype>

#include "operator/kube/timestamp.hpp"

namespace spillway::api {
namespace {

constexpr std::size_t kMostPoints = 512;
constexpr std::size_t kMostBytes = 4 << 20;
constexpr std::size_t kLongestId = 128;
constexpr double kMostAhead = 60.0;
constexpr double kMostBehind = 600.0;

struct Refused {
  std::string why;
};

/// The field under its own name or as LoadEquilibrium spells it ("requestRate", "request_rate"); null if absent.
const Json& field(const Json& object, const std::string& name) {
  static const Json none;
  if (const auto found = object.find(name); found != object.end()) return *found;
  std::string snake;
  for (const char c : name) {
    if (std::isupper(static_cast<unsigned char>(c))) snake += '_';
    snake += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  const auto found = object.find(snake);
  return found == object.end() ? none : *found;
}

std::string short_dump(const Json& value) {
  std::string text = value.dump(-1, ' ', true, Json::error_handler_t::replace);
  return text.size() <= 80 ? text : text.substr(0, 80) + "...";
}

std::string service_id_of(const Json& point, const char* name = "serviceId") {
  const Json& id = field(point, name);
  const auto allowed = [](unsigned char c) { return std::isalnum(c) || std::string_view("-_./: ").find(static_cast<char>(c)) != std::string_view::npos; };
  if (id.is_string()) {
    const auto& text = id.get_ref<const std::string&>();
    if (!text.empty() && text.size() <= kLongestId && std::ranges::all_of(text, allowed)) return text;
  }
  throw Refused{std::string(name) + ": " + short_dump(id) + ": want 1 to 128 of the characters a-z A-Z 0-9 - _ . / : and space"};
}

double time_of(const Json& point, double now) {
  const Json& value = field(point, "timestamp");
  double time = now;
  if (value.is_number()) {
    time = value.get<double>();
  } else if (value.is_string()) {
    const auto parsed = kube::parse_time(value.get_ref<const std::string&>());
    if (!parsed) throw Refused{"timestamp: " + short_dump(value) + ": want RFC 3339 or seconds since 1970"};
    time = io::to_seconds(*parsed).value();
  } else if (!value.is_null()) {
    throw Refused{"timestamp: " + short_dump(value) + ": want RFC 3339 or seconds since 1970"};
  }
  // Written so that NaN fails.
  if (!(time <= now + kMostAhead)) throw Refused{"timestamp: " + short_dump(value) + ": more than 60 s ahead of the server's clock"};
  if (!(time >= now - kMostBehind)) throw Refused{"timestamp: " + short_dump(value) + ": more than 600 s behind the server's clock"};
  return std::min(time, now);
}

std::optional<double> figure_of(const Json& object, const std::string& name, const std::string& path = {}) {
  const Json& value = field(object, name);
  if (value.is_null()) return std::nullopt;
  if (value.is_number() && std::isfinite(value.get<double>()) && value.get<double>() >= 0.0) return value.get<double>();
  throw Refused{path + name + ": " + short_dump(value) + ": want a number of at least 0"};
}

/// A high percentile in seconds: the 95th if given, else the 99th, the mean, the median.
std::optional<double> latency_of(const Json& point) {
  const Json& latency = field(point, "latency");
  if (latency.is_null()) return std::nullopt;
  if (!latency.is_object()) throw Refused{"latency: " + short_dump(latency) + ": want an object with p50, p95, p99 and mean in milliseconds"};
  std::optional<double> chosen;
  for (const char* name : {"p50", "mean", "p99", "p95"}) {
    if (const auto value = figure_of(latency, name, "latency.")) chosen = *value / 1000.0;
  }
  return chosen;
}

void check_upstream_calls(const Json& point) {
  const Json& calls = field(point, "upstreamCalls");
  if (calls.is_null()) return;
  if (!calls.is_array()) throw Refused{"upstreamCalls: " + short_dump(calls) + ": want a list"};
  for (const Json& call : calls) {
    if (!call.is_object()) throw Refused{"upstreamCalls: " + short_dump(call) + ": want an object"};
    service_id_of(call, "targetServiceId");
    for (const char* name : {"callRate", "errorRate", "latencyMean"}) figure_of(call, name, "upstreamCalls.");
  }
}

push::Point parse_point(const Json& point, double now) {
  push::Point parsed;
  parsed.time = time_of(point, now);
  parsed.request_rate = figure_of(point, "requestRate");
  parsed.throughput = figure_of(point, "throughput");
  parsed.queue_depth = figure_of(point, "queueDepth");
  parsed.utilization = figure_of(point, "cpuUsage");
  parsed.latency = latency_of(point);
  for (const char* name : {"errorRate", "memUsage", "activeConns"}) figure_of(point, name);
  check_upstream_calls(point);
  if (!parsed.request_rate && !parsed.throughput && !parsed.queue_depth && !parsed.utilization && !parsed.latency)
    throw Refused{"want at least one of requestRate, throughput, queueDepth, latency and cpuUsage"};
  return parsed;
}

Json take(const Json& item, std::size_t index, push::PointStore& points, double now, bool& accepted) {
  Json report = {{"index", index}, {"serviceId", nullptr}, {"accepted", false}, {"timestamp", nullptr}, {"error", nullptr}};
  try {
    if (!item.is_object()) throw Refused{"a point is " + std::string(item.type_name()) + ": want an object"};
    const std::string id = service_id_of(item);
    report["serviceId"] = id;
    const push::Point point = parse_point(item, now);
    if (auto added = points.add(id, point, now); !added) throw Refused{"timestamp: " + added.error().message};
    report["accepted"] = accepted = true;
    report["timestamp"] = moment(point.time);
  } catch (const Refused& refused) {
    report["error"] = refused.why;
  }
  return report;
}

/// {"points": [...]}, a bare list, or one point.
Result<Json> points_of(const std::string& body) {
  auto read = parse_json(body);
  if (!read) return read.error();
  Json& parsed = *read;
  if (parsed.is_object()) {
    const auto list = parsed.find("points");
    if (list == parsed.end()) return Json::array({std::move(parsed)});
    parsed = Json(*list);
  }
  if (!parsed.is_array()) return Error{ErrorKind::kInvalid, "points: want a list"};
  if (parsed.empty() || parsed.size() > kMostPoints)
    return Error{ErrorKind::kInvalid, "points: " + std::to_string(parsed.size()) + ": want 1 to " + std::to_string(kMostPoints)};
  return std::move(parsed);
}

http::Response ingest(const Backing& backing, push::PointStore& store, const http::Request& request) {
  if (request.body.size() > kMostBytes) return refuse(413, "the body is larger than " + std::to_string(kMostBytes) + " bytes");
  const auto points = points_of(request.body);
  if (!points) return refuse(400, points.error().message);
  Json reports = Json::array();
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < points->size(); ++i) {
    bool good = false;
    reports.push_back(take((*points)[i], i, store, backing.now(), good));
    accepted += good;
  }
  return answer({{"accepted", accepted}, {"rejected", points->size() - accepted}, {"points", std::move(reports)}});
}

}  // namespace

void add_ingest_routes(http::RouteTable& routes, const Backing& backing, push::PointStore& points) {
  routes.add("POST", "/api/v1/ingest",
             while_leading(backing, same_site([&backing, &points](const http::Request& request) { return ingest(backing, points, request); })));
}

}  // namespace spillway::api
