#include "operator/prometheus/client.hpp"

#include <openssl/evp.h>
#include <charconv>
#include <cmath>

#include "model/base/text.hpp"

namespace spillway::prometheus {
namespace {

// Prometheus refuses more ("exceeded maximum resolution of 11,000 points per timeseries").
constexpr std::size_t kPointsPerRequest = 11'000;
constexpr std::size_t kMaxPoints = 1'000'000;
// The server gives up a little earlier than we do, so that its own words arrive.
constexpr std::chrono::milliseconds kServerMargin{250};

std::string decimal(double value) {
  char text[64];
  const auto [end, code] = std::to_chars(text, text + sizeof text, value, std::chars_format::fixed);
  return code == std::errc() ? std::string(text, end) : "0";
}

std::string percent_encoded(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size() * 3 / 2);
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      out += {'%', kHex[byte >> 4], kHex[byte & 15]};
    }
  }
  return out;
}

std::string base64(const std::string& text) {
  std::string out(4 * ((text.size() + 2) / 3) + 1, '\0');
  const int written =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), reinterpret_cast<const unsigned char*>(text.data()),
                      static_cast<int>(text.size()));
  out.resize(static_cast<std::size_t>(written));
  return out;
}

std::string form(const std::vector<io::Header>& fields) {
  std::string body;
  for (const auto& [name, value] : fields) {
    if (!body.empty()) body += '&';
    body += name + '=' + percent_encoded(value);
  }
  return body;
}

Result<Answer> decode(const Result<io::HttpResponse>& response) {
  if (!response) return response.error();
  return decode_answer(*response);
}

bool usable(double value) {
  return std::isfinite(value) && value >= 0.0;
}

/// Adds one part of a range to `history`.
Status append(const Result<Answer>& answer, History& history) {
  if (!answer) return answer.error();
  if (answer->series.size() > 1) {
    return Error{ErrorKind::kInvalid,
                 text("the query returned ", answer->series.size(), " series over the range: aggregate it with sum()")};
  }
  history.warnings.insert(history.warnings.end(), answer->warnings.begin(), answer->warnings.end());
  if (answer->series.empty()) return Ok{};
  for (const Sample& sample : answer->series[0].samples) {
    if (usable(sample.value)) {
      history.points.push_back({sample.time, sample.value});
    } else {
      ++history.rejected;
    }
  }
  return Ok{};
}

}  // namespace

Client::Client(io::Transport& transport, Server server) : transport_(transport), server_(std::move(server)) {
  while (server_.address.ends_with('/')) server_.address.pop_back();
}

io::HttpRequest Client::request(const std::string& endpoint, const std::vector<io::Header>& fields) const {
  io::HttpRequest request;
  request.method = "POST";  // the query goes into the body: no limit on its length, nothing in access logs
  request.url = server_.address + "/api/v1/" + endpoint;
  request.headers = {{"content-type", "application/x-www-form-urlencoded"}, {"accept", "application/json"}};
  if (!server_.auth.bearer_token.empty()) {
    request.headers.emplace_back("authorization", "Bearer " + server_.auth.bearer_token);
  } else if (!server_.auth.username.empty()) {
    request.headers.emplace_back("authorization",
                                 "Basic " + base64(server_.auth.username + ":" + server_.auth.password));
  }
  auto with_timeout = fields;
  const auto server_timeout = std::max(server_.timeout - kServerMargin, server_.timeout / 2);
  with_timeout.emplace_back("timeout", std::to_string(server_timeout.count()) + "ms");
  request.body = form(with_timeout);
  request.timeout = server_.timeout;
  request.connect_timeout = server_.timeout;
  request.tls = server_.auth.tls;
  request.pool = kPool;
  return request;
}

Result<Answer> Client::instant(const std::string& query, Seconds time) const {
  return instant_all({query}, time).front();
}

std::vector<Result<Answer>> Client::instant_all(const std::vector<std::string>& queries, Seconds time) const {
  std::vector<io::HttpRequest> requests;
  requests.reserve(queries.size());
  for (const auto& query : queries)
    requests.push_back(request("query", {{"query", query}, {"time", decimal(time.value())}}));
  std::vector<Result<Answer>> answers;
  answers.reserve(queries.size());
  for (const auto& response : transport_.call_all(std::move(requests))) answers.push_back(decode(response));
  return answers;
}

Result<History> Client::range(const RangeQuery& query) const {
  const double start = query.start.value(), end = query.end.value(), step = query.step.value();
  if (!std::isfinite(start) || !std::isfinite(end) || !(step > 0.0) || end < start ||
      (end - start) / step > kMaxPoints) {
    return Error{ErrorKind::kInvalid,
                 text("a range from ", decimal(start), " to ", decimal(end), " in steps of ", decimal(step),
                      " s: end must not be before start, step > 0, at most ", kMaxPoints, " points")};
  }
  const auto points = static_cast<std::size_t>(std::floor((end - start) / step + 1e-9)) + 1;
  std::vector<io::HttpRequest> requests;
  for (std::size_t first = 0; first < points; first += kPointsPerRequest) {
    const std::size_t last = std::min(first + kPointsPerRequest, points) - 1;
    requests.push_back(request("query_range", {{"query", query.query},
                                               {"start", decimal(start + step * static_cast<double>(first))},
                                               {"end", decimal(start + step * static_cast<double>(last))},
                                               {"step", decimal(step)}}));
  }
  History history;
  history.step = query.step;
  for (const auto& response : transport_.call_all(std::move(requests))) {
    if (auto status = append(decode(response), history); !status) return status.error();
  }
  return history;
}

Seconds history_step(Seconds start, Seconds end, Seconds finest, std::size_t max_points) {
  const double points = std::max(1.0, (end - start) / finest);
  const double multiple = std::ceil(points / static_cast<double>(std::max<std::size_t>(max_points, 2) - 1));
  return finest * std::max(1.0, multiple);
}

}  // namespace spillway::prometheus
