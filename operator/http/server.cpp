#include "operator/http/server.hpp"

#include <arpa/inet.h>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <cpprest/http_listener.h>
#include <cpprest/producerconsumerstream.h>
#include <netinet/in.h>
#include <pplx/threadpool.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cctype>

namespace spillway::http {
namespace {

using web::http::http_request;
using web::http::http_response;
using web::http::experimental::listener::http_listener;

constexpr const char* kBackend = "127.0.0.1";

/// The library cannot say which port it bound, so a free one is found first. Another process may take it in between:
/// the caller tries again.
std::uint16_t find_free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, kBackend, &address.sin_addr);
  socklen_t size = sizeof address;
  std::uint16_t port = 0;
  if (::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0 &&
      ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0) {
    port = ntohs(address.sin_port);
  }
  ::close(fd);
  return port;
}

std::size_t header_bytes(const http_request& request) {
  std::size_t bytes = request.request_uri().to_string().size();
  for (const auto& [name, value] : request.headers()) bytes += name.size() + value.size() + 4;
  return bytes;
}

/// An answer that also ends the connection, so that what is left of the request is not taken for the next one.
void refuse(const http_request& request, const Response& response) {
  http_response answer(static_cast<web::http::status_code>(response.status));
  answer.set_body(response.body, response.content_type);
  answer.headers().add("Connection", "close");
  request.reply(answer);
}

std::string lower_case(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

/// What follows "Bearer" in the Authorization header; empty if there is none. A token in the URL does not count: URLs are logged.
std::string bearer_token(const http_request& request) {
  const auto header = request.headers().find("Authorization");
  if (header == request.headers().end()) return {};
  const std::string& value = header->second;
  if (lower_case(value.substr(0, 7)) != "bearer ") return {};
  const std::size_t begin = value.find_first_not_of(' ', 7);
  return begin == std::string::npos ? std::string() : value.substr(begin, value.find_last_not_of(' ') + 1 - begin);
}

Request to_request(const http_request& request, std::string body) {
  const web::uri& uri = request.relative_uri();
  Request asked{request.method(), web::uri::decode(uri.path()), uri.query(), std::move(body)};
  for (const auto& [name, value] : request.headers()) {
    const std::string folded = lower_case(name);
    if (folded != "authorization" && folded != "cookie") asked.headers[folded] = value;
  }
  return asked;
}

/// A streamed body. The library takes bytes from the buffer as fast as the client reads, and the buffer itself has no bound.
class BufferedBody final : public BodyWriter {
 public:
  bool write(std::string_view bytes) override {
    std::lock_guard lock(mutex_);
    if (ended_) return false;
    if (buffer_.in_avail() + bytes.size() > kMostUntaken) {
      end();
      return false;
    }
    buffer_.putn_nocopy(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    buffer_.sync();  // hands a piece on before the library's chunk is full
    return true;
  }
  void close() override {
    std::lock_guard lock(mutex_);
    end();
  }
  concurrency::streams::istream stream() const { return buffer_.create_istream(); }

 private:
  static constexpr std::size_t kMostUntaken = 512 * 1024;
  void end() {
    if (!std::exchange(ended_, true)) buffer_.close(std::ios_base::out);
  }

  std::mutex mutex_;
  bool ended_ = false;
  concurrency::streams::producer_consumer_buffer<std::uint8_t> buffer_;
};

void send_stream(const http_request& request, http_response answer, const Response& response) {
  const auto body = std::make_shared<BufferedBody>();
  answer.set_body(body->stream(), response.content_type);
  request.reply(answer).then([body](const pplx::task<void>& sent) {
    body->close();
    try {
      sent.get();
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the client left
    }
  });
  response.stream(body);
}

void send(const http_request& request, Response response) {
  http_response answer(static_cast<web::http::status_code>(response.status));
  for (const auto& [name, value] : response.headers) answer.headers().add(name, value);
  answer.headers().add("X-Content-Type-Options", "nosniff");
  if (!answer.headers().has("Cache-Control")) answer.headers().add("Cache-Control", "no-store");
  if (response.stream && request.method() != "HEAD") return send_stream(request, std::move(answer), response);
  if (request.method() == "HEAD") {
    answer.headers().set_content_type(response.content_type);
  } else {
    answer.set_body(std::move(response.body), response.content_type);
  }
  request.reply(answer);
}

}  // namespace

struct Server::State {
  State(const ServerOptions& options_in, RouteTable routes_in)
      : options(options_in), routes(std::move(routes_in)), pool(static_cast<std::size_t>(options.workers)) {}

  ServerOptions options;
  RouteTable routes;
  std::unique_ptr<Gate> gate;
  std::unique_ptr<http_listener> listener;
  std::atomic<int> in_hand = 0;
  boost::asio::thread_pool pool;

  void receive(const http_request& request) {
    const Limits& limits = options.limits;
    if (header_bytes(request) > limits.max_header_bytes) return refuse(request, routes.refuse(431, "the headers are too large"));
    const auto& headers = request.headers();
    if (headers.has("Transfer-Encoding")) return refuse(request, routes.refuse(411, "want a Content-Length"));
    const auto length = headers.content_length();
    if (length > limits.max_body_bytes) return refuse(request, routes.refuse(413, "the body is too large"));
    if (length == 0) return hand_over(request, {});
    request.extract_vector().then([this, request](const pplx::task<std::vector<unsigned char>>& read) {
      try {
        const auto bytes = read.get();
        hand_over(request, std::string(bytes.begin(), bytes.end()));
      } catch (const std::exception&) {
        refuse(request, routes.refuse(400, "the body could not be read"));
      }
    });
  }

  /// To a worker: the library's own threads never wait for a handler.
  void hand_over(const http_request& request, std::string body) {
    if (++in_hand > options.max_waiting + options.workers) {
      --in_hand;
      return refuse(request, routes.refuse(503, "too many requests wait"));
    }
    boost::asio::post(pool, [this, request, body = std::move(body)]() mutable {
      try {
        send(request, routes.dispatch(to_request(request, std::move(body)), bearer_token(request), options.authorizer.get()));
      } catch (const std::exception&) {  // a URL that cannot be decoded
        refuse(request, routes.refuse(400, "the request could not be read"));
      }
      --in_hand;
    });
  }
};

void use_threads(int threads) {
  try {
    crossplat::threadpool::initialize_with_threads(static_cast<std::size_t>(threads));
  } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the pool stands already, which the contract allows
  }
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Server>> Server::start(const ServerOptions& options, RouteTable routes) {
  auto gate = Gate::open({options.address, options.tls, options.limits, options.elsewhere});
  if (!gate) return gate.error();
  auto state = std::make_unique<State>(options, std::move(routes));
  std::string why;
  for (int attempt = 0; attempt < 10; ++attempt) {
    try {
      const std::uint16_t port = find_free_port();
      web::uri_builder uri;
      uri.set_scheme("http").set_host(kBackend).set_port(port).set_path("/");
      state->listener = std::make_unique<http_listener>(uri.to_uri());
      state->listener->support([raw = state.get()](const http_request& request) { raw->receive(request); });
      state->listener->open().get();
      state->gate = std::move(*gate);
      state->gate->start(port, options.web_socket_port);
      return std::unique_ptr<Server>(new Server(std::move(state)));
    } catch (const std::exception& error) {
      why = error.what();
    }
  }
  return Error{ErrorKind::kInvalid, "cannot listen on \"" + options.address + "\": " + why};
}

Server::~Server() {
  state_->gate->stop_accepting();
  state_->pool.join();
  try {
    state_->listener->close().get();
  } catch (
      const std::exception&) {  // NOLINT(bugprone-empty-catch): closing at the end of the process has nobody to tell
  }
}

std::uint16_t Server::port() const { return state_->gate->port(); }

}  // namespace spillway::http
