#include "operator/http/gate.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <array>
#include <charconv>
#include <thread>

#include "operator/http/tls_context.hpp"
#include "operator/telemetry/log.hpp"

namespace spillway::http {
namespace {

namespace asio = boost::asio;
using asio::use_awaitable;
using tcp = asio::ip::tcp;
using Code = boost::system::error_code;
using Time = std::chrono::steady_clock::time_point;
using Plain = tcp::socket;
using Tls = asio::ssl::stream<tcp::socket>;

constexpr std::chrono::milliseconds kAcceptPause{100};  // when the process is out of file descriptors
constexpr std::string_view kTooLarge =
    "HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\n"
    "Connection: close\r\n\r\nthe headers are too large\n";

Time now() { return std::chrono::steady_clock::now(); }

/// Tells the next gate that a connection has been passed on, so that two which each take the other for the leader do not do so for ever.
constexpr std::string_view kPassedOn = "X-Spillway-Passed-On: 1\r\n";

/// Who may answer a connection.
struct Answerers {
  tcp::endpoint rest;
  tcp::endpoint web_socket;  ///< port 0: none
  Elsewhere elsewhere;
  std::shared_ptr<asio::ssl::context> peer;  ///< for the way elsewhere; none: plain
};

struct HostPort {
  std::string host;
  std::string port;
};

Result<HostPort> parse_address(const std::string& address);

/// What the first request says about a connection's way.
class FirstRequest {
 public:
  FirstRequest() = default;
  explicit FirstRequest(std::string_view head) {
    const std::size_t begin = std::min(head.find(' '), head.size() - 1) + 1;
    path_ = head.substr(begin, head.find_first_of(" ?\r", begin) - begin);
    // A browser opens a connection of its own for each WebSocket, so that its first request tells.
    web_socket_ = head.starts_with("GET /ws ") || head.starts_with("GET /ws?");
    passed_on_ = head.substr(0, head.find("\r\n\r\n") + 2).find(kPassedOn) != std::string_view::npos;
  }

  /// The other gate, "ip:port"; empty: this process answers.
  std::string elsewhere(const Answerers& answerers) const {
    return passed_on_ || !answerers.elsewhere ? std::string() : answerers.elsewhere(path_);
  }
  const tcp::endpoint& here(const Answerers& answerers) const {
    return web_socket_ && answerers.web_socket.port() != 0 ? answerers.web_socket : answerers.rest;
  }

 private:
  std::string path_;
  bool web_socket_ = false;
  bool passed_on_ = false;
};

/// The connection to whoever answers.
class Outward {
 public:
  explicit Outward(const asio::any_io_executor& executor) : socket_(executor) {}

  asio::awaitable<void> connect(tcp::endpoint endpoint) {
    co_await socket_.async_connect(endpoint, use_awaitable);
    socket_.set_option(tcp::no_delay(true));
  }
  asio::awaitable<void> connect_securely(tcp::endpoint endpoint, std::shared_ptr<asio::ssl::context> context) {
    co_await connect(endpoint);
    context_ = std::move(context);
    tls_.emplace(socket_, *context_);
    co_await tls_->async_handshake(asio::ssl::stream_base::client, use_awaitable);
  }
  template <typename Buffer>
  asio::awaitable<std::size_t> read_some(Buffer buffer) {
    if (tls_) co_return co_await tls_->async_read_some(buffer, use_awaitable);
    co_return co_await socket_.async_read_some(buffer, use_awaitable);
  }
  template <typename Buffer>
  asio::awaitable<void> write(Buffer buffer) {
    if (tls_) {
      co_await asio::async_write(*tls_, buffer, use_awaitable);
    } else {
      co_await asio::async_write(socket_, buffer, use_awaitable);
    }
  }
  void close() {
    Code ignored;
    socket_.close(ignored);
  }
  /// For another try.
  void reset() {
    close();
    tls_.reset();
  }

 private:
  tcp::socket socket_;
  std::shared_ptr<asio::ssl::context> context_;
  std::optional<asio::ssl::stream<tcp::socket&>> tls_;
};

/// "ip:port", as the Lease says; throws if it is something else.
tcp::endpoint endpoint_of(const std::string& address) {
  const auto parsed = parse_address(address);
  if (!parsed) throw std::runtime_error(parsed.error().message);
  return {asio::ip::make_address(parsed->host), static_cast<std::uint16_t>(std::stoi(parsed->port))};
}

/// One connection and its way to whoever answers. Ends by closing both sides, on which whatever waits gives up.
template <typename Stream>
class Passage : public std::enable_shared_from_this<Passage<Stream>> {
 public:
  Passage(Stream client, Answerers answerers, const Limits& limits, std::shared_ptr<void> keep)
      : client_(std::move(client)),
        outward_(client_.get_executor()),
        alarm_(client_.get_executor()),
        answerers_(std::move(answerers)),
        limits_(limits),
        keep_(std::move(keep)) {}

  asio::awaitable<void> run() {
    const auto self = this->shared_from_this();
    give(limits_.head);
    asio::co_spawn(client_.get_executor(), watch(self), asio::detached);
    try {
      if constexpr (std::is_same_v<Stream, Tls>) co_await client_.async_handshake(asio::ssl::stream_base::server, use_awaitable);
      std::string head;
      Code code;
      co_await asio::async_read_until(client_, asio::dynamic_buffer(head, limits_.max_header_bytes), "\r\n\r\n",
                                      asio::redirect_error(use_awaitable, code));
      if (code == asio::error::not_found) co_await asio::async_write(client_, asio::buffer(kTooLarge), use_awaitable);
      if (!code) {
        first_ = FirstRequest(head);
        if (co_await reach_elsewhere()) {
          head.insert(head.find("\r\n") + 2, kPassedOn);
        } else {
          co_await outward_.connect(first_.here(answerers_));
        }
        if (open_) {
          asio::co_spawn(client_.get_executor(), pass_answers(self), asio::detached);
          co_await pass_requests(std::move(head));
        }
      }
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): the connection broke, which is an end like any other
    }
    close();
  }

 private:
  /// `self` keeps the passage until its last coroutine has ended.
  asio::awaitable<void> watch(std::shared_ptr<Passage> self) {
    Code code;
    while (open_ && now() < deadline_) {
      alarm_.expires_at(deadline_);
      co_await alarm_.async_wait(asio::redirect_error(use_awaitable, code));
    }
    self->close();
  }

  /// False if this process is to answer, which it also is when the other cannot be reached.
  asio::awaitable<bool> reach_elsewhere() {
    elsewhere_ = first_.elsewhere(answerers_);
    if (elsewhere_.empty()) co_return false;
    try {
      const tcp::endpoint endpoint = endpoint_of(elsewhere_);
      if (answerers_.peer) {
        co_await outward_.connect_securely(endpoint, answerers_.peer);
      } else {
        co_await outward_.connect(endpoint);
      }
      co_return true;
    } catch (const std::exception& error) {
      telemetry::log_warn("the instance that leads cannot be reached", {{"address", elsewhere_}, {"error", error.what()}});
    }
    outward_.reset();
    elsewhere_.clear();
    co_return false;
  }

  asio::awaitable<void> pass_requests(std::string head) {
    count(head.size());
    co_await outward_.write(asio::buffer(head));
    std::array<char, 8192> piece;
    while (true) {
      give(limits_.idle);
      const std::size_t size = co_await client_.async_read_some(asio::buffer(piece), use_awaitable);
      // Another leads by now: clients ask again over a new connection.
      if (unanswered_ == 0 && first_.elsewhere(answerers_) != elsewhere_) co_return;
      if (!count(size)) co_return;
      co_await outward_.write(asio::buffer(piece, size));
    }
  }

  asio::awaitable<void> pass_answers(std::shared_ptr<Passage> self) {
    try {
      std::array<char, 8192> piece;
      while (true) {
        const std::size_t size = co_await outward_.read_some(asio::buffer(piece));
        unanswered_ = 0;
        co_await asio::async_write(client_, asio::buffer(piece, size), use_awaitable);
        give(limits_.idle);
      }
    } catch (const std::exception&) {  // NOLINT(bugprone-empty-catch): as above
    }
    self->close();
  }

  /// False once a request has grown larger or older than any may.
  bool count(std::size_t bytes) {
    if (unanswered_ == 0) began_ = now();
    unanswered_ += bytes;
    return unanswered_ <= limits_.max_header_bytes + limits_.max_body_bytes + 1024 && now() - began_ <= limits_.request;
  }

  void give(std::chrono::milliseconds time) {
    const Time deadline = now() + time;
    const bool sooner = deadline < std::exchange(deadline_, deadline);
    if (sooner) alarm_.cancel();  // watch() goes on with the new one
  }

  void close() {
    if (!std::exchange(open_, false)) return;
    Code ignored;
    auto& socket = client_.lowest_layer();
    socket.shutdown(tcp::socket::shutdown_both, ignored);
    socket.close(ignored);
    outward_.close();
    alarm_.cancel();
  }

  Stream client_;
  Outward outward_;
  asio::steady_timer alarm_;
  const Answerers answerers_;
  const Limits& limits_;
  std::shared_ptr<void> keep_;  ///< counts connections, and holds the TLS context
  FirstRequest first_;
  std::string elsewhere_;       ///< the gate that answers; empty: this process
  Time deadline_;
  Time began_;                  ///< the first byte since the backend last answered
  std::size_t unanswered_ = 0;  ///< bytes since then
  bool open_ = true;
};

Result<HostPort> parse_address(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  int port = -1;
  if (colon != std::string::npos) {
    const char* first = address.data() + colon + 1;
    const char* last = address.data() + address.size();
    if (const auto [end, error] = std::from_chars(first, last, port); error != std::errc() || end != last) port = -1;
  }
  if (port < 0 || port > 65535) {
    return Error{ErrorKind::kInvalid,
                 "address \"" + address + "\" is not allowed; want host:port or :port with a port from 0 to 65535"};
  }
  std::string host = address.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return HostPort{host, address.substr(colon + 1)};
}

/// Without a host: all addresses of both families, or of IPv4 where the machine has no other.
tcp::acceptor listen(asio::io_context& io, const HostPort& address) {
  const auto try_listen = [&](const tcp::endpoint& endpoint) {
    tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol());
    acceptor.set_option(tcp::acceptor::reuse_address(true));
    if (endpoint.address().is_v6() && endpoint.address().is_unspecified()) acceptor.set_option(asio::ip::v6_only(false));
    acceptor.bind(endpoint);
    acceptor.listen();
    return acceptor;
  };
  const auto port = static_cast<std::uint16_t>(std::stoi(address.port));
  if (!address.host.empty()) {
    return try_listen(tcp::resolver(io).resolve(address.host, address.port, tcp::resolver::passive)->endpoint());
  }
  try {
    return try_listen({tcp::v6(), port});
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::address_in_use) throw;
    return try_listen({tcp::v4(), port});
  }
}

}  // namespace

class Gate::Impl {
 public:
  Impl(Options options, std::optional<TlsContext> tls, const HostPort& address)
      : options_(std::move(options)), tls_(std::move(tls)), acceptor_(listen(io_, address)) {}

  ~Impl() {
    io_.stop();
    if (thread_.joinable()) thread_.join();
  }

  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void start(std::uint16_t backend_port, std::uint16_t web_socket_port) {
    const auto loopback = asio::ip::address_v4::loopback();
    here_ = {{loopback, backend_port}, {loopback, web_socket_port}, options_.elsewhere, nullptr};
    asio::co_spawn(io_, accept(), asio::detached);
    thread_ = std::thread([this] { io_.run(); });
  }

  void stop_accepting() {
    asio::post(io_, [this] {
      Code ignored;
      acceptor_.close(ignored);
    });
  }

 private:
  asio::awaitable<void> accept() {
    asio::steady_timer pause(io_);
    while (acceptor_.is_open()) {
      Code code;
      tcp::socket socket = co_await acceptor_.async_accept(asio::redirect_error(use_awaitable, code));
      if (!code) {
        if (connections_ < options_.limits.max_connections) admit(std::move(socket));
        continue;
      }
      pause.expires_after(kAcceptPause);
      co_await pause.async_wait(asio::redirect_error(use_awaitable, code));
    }
  }

  void admit(tcp::socket socket) {
    Code ignored;
    socket.set_option(tcp::no_delay(true), ignored);
    ++connections_;
    auto context = tls_ ? tls_->current() : nullptr;
    const std::shared_ptr<void> keep(nullptr, [this, context](void*) { --connections_; });
    if (context) {
      pass(Tls(std::move(socket), *context), keep);
    } else {
      pass(std::move(socket), keep);
    }
  }

  template <typename Stream>
  void pass(Stream stream, const std::shared_ptr<void>& keep) {
    Answerers answerers = here_;
    if (tls_) answerers.peer = tls_->peer();
    auto passage = std::make_shared<Passage<Stream>>(std::move(stream), std::move(answerers), options_.limits, keep);
    asio::co_spawn(io_, [passage] { return passage->run(); }, asio::detached);
  }

  const Options options_;
  std::optional<TlsContext> tls_;
  int connections_ = 0;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  Answerers here_;
  std::thread thread_;
};

Gate::Gate(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Gate::~Gate() = default;

Result<std::unique_ptr<Gate>> Gate::open(Options options) {
  const auto address = parse_address(options.address);
  if (!address) return address.error();
  std::optional<TlsContext> tls;
  if (options.tls) {
    auto loaded = TlsContext::load(*options.tls);
    if (!loaded) return loaded.error();
    tls = std::move(*loaded);
  }
  const std::string text = options.address;
  try {
    return std::unique_ptr<Gate>(new Gate(std::make_unique<Impl>(std::move(options), std::move(tls), *address)));
  } catch (const std::exception& error) {
    return Error{ErrorKind::kInvalid, "cannot listen on \"" + text + "\": " + error.what()};
  }
}

std::uint16_t Gate::port() const { return impl_->port(); }
void Gate::start(std::uint16_t backend_port, std::uint16_t web_socket_port) { impl_->start(backend_port, web_socket_port); }
void Gate::stop_accepting() { impl_->stop_accepting(); }

}  // namespace spillway::http
