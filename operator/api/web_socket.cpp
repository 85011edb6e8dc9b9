#include "operator/api/web_socket.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <thread>

#include "operator/api/handshake.hpp"
#include "operator/api/stream_routes.hpp"

namespace spillway::api {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using tcp = asio::ip::tcp;
using Code = boost::system::error_code;

constexpr std::size_t kMostHeadBytes = 16 * 1024;
constexpr std::size_t kMostUntaken = 512 * 1024;  ///< bytes that wait for a client
constexpr std::size_t kMostHeard = 4 * 1024;      ///< bytes of one message from a client; what it says does not matter
constexpr std::chrono::seconds kHandshake{10};

struct House {
  const Backing& backing;
  Hub& hub;
  std::shared_ptr<http::Authorizer> authorizer;
  asio::thread_pool& askers;  ///< the authorizer may block
};

/// One client, from its handshake to its end. Everything but send() runs on the server's thread.
class Session final : public Outlet, public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, const House& house) : stream_(std::move(socket)), house_(house) { parser_.header_limit(kMostHeadBytes); }

  void start() {
    beast::get_lowest_layer(stream_).expires_after(kHandshake);
    beast::http::async_read(stream_.next_layer(), buffer_, parser_, [self = shared_from_this()](Code code, std::size_t) {
      if (!code) self->greet();
    });
  }

  bool send(const Event& event) override { return enqueue(R"({"id":")" + event.id + R"(","type":")" + event.type + R"(","data":)" + event.data + "}"); }
  bool keep_alive() override { return !closed_; }  // Beast pings idle clients itself
  void close() override {
    closed_ = true;
    asio::post(stream_.get_executor(), [self = shared_from_this()] { self->end(); });
  }

 private:
  void greet() {
    const auto& head = parser_.get();
    http::Request asked{std::string(head.method_string()), std::string(head.target()), {}, {}};
    if (const std::size_t mark = asked.path.find('?'); mark != std::string::npos) {
      asked.query = asked.path.substr(mark + 1);
      asked.path.resize(mark);
    }
    for (const auto& field : head) {
      std::string name(field.name_string());
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      asked.headers[name] = std::string(field.value());
    }
    if (asked.path != "/ws" || !websocket::is_upgrade(head)) return refuse_with(api::refuse(426, "want a WebSocket handshake at /ws"));
    handshake_ = read_handshake(asked);
    // The authorizer may wait for the API server, so it is asked elsewhere.
    asio::post(house_.askers, [self = shared_from_this(), asked = std::move(asked)] {
      auto verdict = self->judge(asked);
      asio::post(self->stream_.get_executor(), [self, verdict = std::move(verdict)] { verdict ? self->refuse_with(*verdict) : self->accept(); });
    });
  }

  /// The refusal, or nothing for those who may listen.
  std::optional<http::Response> judge(const http::Request& asked) {
    if (!is_same_site(asked)) return api::refuse(403, "a page of another site may not listen here");
    auto interest = interest_of(asked);
    if (!interest) return api::refuse(400, interest.error().message);
    interest_ = std::move(*interest);
    const auto caller = house_.authorizer->admit(handshake_.token, *by_interest()(asked));
    if (!caller) {
      const bool known = caller.error().kind == ErrorKind::kUnauthorized || caller.error().kind == ErrorKind::kForbidden;
      return known ? api::refuse(caller.error()) : api::refuse(503, "who asks could not be found out; try again");
    }
    if (!house_.backing.leading()) return api::refuse(503, "NotLeader", "this process waits for the lease");
    if (house_.hub.clients() >= Hub::kMostClients) return api::refuse(429, "as many clients listen as may; try again in a moment");
    return std::nullopt;
  }

  void refuse_with(const http::Response& refusal) {
    auto answer = std::make_shared<beast::http::response<beast::http::string_body>>(static_cast<beast::http::status>(refusal.status), 11);
    answer->set(beast::http::field::content_type, refusal.content_type);
    answer->set(beast::http::field::connection, "close");
    answer->body() = refusal.body;
    answer->prepare_payload();
    beast::http::async_write(stream_.next_layer(), *answer, [self = shared_from_this(), answer](Code, std::size_t) {
      Code ignored;
      beast::get_lowest_layer(self->stream_).socket().shutdown(tcp::socket::shutdown_send, ignored);
    });
  }

  void accept() {
    beast::get_lowest_layer(stream_).expires_never();
    auto timeout = websocket::stream_base::timeout::suggested(beast::role_type::server);
    timeout.idle_timeout = std::chrono::seconds(30);
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.read_message_max(kMostHeard);
    if (handshake_.speaks_ours) {
      stream_.set_option(websocket::stream_base::decorator([](websocket::response_type& answer) { answer.set(beast::http::field::sec_websocket_protocol, kSubprotocol); }));
    }
    stream_.async_accept(parser_.get(), [self = shared_from_this()](Code code) {
      if (!code) self->listen();
    });
  }

  void listen() {
    ready_ = true;
    const auto hello = [this](bool resumed) { return hello_text(house_.backing, resumed); };
    if (!house_.hub.subscribe(shared_from_this(), interest_, handshake_.last_id, hello, house_.backing.now())) return end();
    hear();
  }

  /// What clients say is thrown away; reading is how pings, pongs and the end are noticed.
  void hear() {
    stream_.async_read(buffer_, [self = shared_from_this()](Code code, std::size_t) {
      if (code) {
        self->closed_ = true;
        return;
      }
      self->buffer_.consume(self->buffer_.size());
      self->hear();
    });
  }

  bool enqueue(std::string message) {
    if (closed_) return false;
    if (untaken_ += message.size(); untaken_ > kMostUntaken) {
      close();
      return false;
    }
    asio::post(stream_.get_executor(), [self = shared_from_this(), message = std::move(message)]() mutable {
      self->queue_.push_back(std::move(message));
      if (self->queue_.size() == 1) self->write();
    });
    return true;
  }

  void write() {
    stream_.text(true);
    stream_.async_write(asio::buffer(queue_.front()), [self = shared_from_this()](Code code, std::size_t) {
      self->untaken_ -= self->queue_.front().size();
      self->queue_.pop_front();
      if (code) self->closed_ = true;
      else if (!self->queue_.empty()) self->write();
      else if (self->closed_) self->end();
    });
  }

  void end() {
    if (!ready_ || !queue_.empty()) return beast::get_lowest_layer(stream_).cancel();  // a client that takes nothing is not waited for
    stream_.async_close(websocket::close_code::going_away, [self = shared_from_this()](Code) {});
  }

  websocket::stream<beast::tcp_stream> stream_;
  const House& house_;
  beast::flat_buffer buffer_;
  beast::http::request_parser<beast::http::empty_body> parser_;
  Handshake handshake_;
  Interest interest_;
  bool ready_ = false;
  std::atomic<bool> closed_ = false;
  std::atomic<std::size_t> untaken_ = 0;
  std::deque<std::string> queue_;
};

}  // namespace

class WebSocketServer::Impl {
 public:
  Impl(const Backing& backing, Hub& hub, std::shared_ptr<http::Authorizer> authorizer)
      : house_{backing, hub, std::move(authorizer), askers_}, acceptor_(io_, {asio::ip::address_v4::loopback(), 0}) {
    accept();
    thread_ = std::thread([this] { io_.run(); });
  }
  ~Impl() {
    askers_.join();
    io_.stop();
    thread_.join();
  }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

 private:
  void accept() {
    acceptor_.async_accept([this](Code code, tcp::socket socket) {
      if (!code) std::make_shared<Session>(std::move(socket), house_)->start();
      if (code != asio::error::operation_aborted) accept();
    });
  }

  asio::thread_pool askers_{1};
  House house_;
  asio::io_context io_{1};
  tcp::acceptor acceptor_;
  std::thread thread_;
};

WebSocketServer::WebSocketServer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
WebSocketServer::~WebSocketServer() = default;
std::uint16_t WebSocketServer::port() const { return impl_->port(); }

Result<std::unique_ptr<WebSocketServer>> WebSocketServer::start(const Backing& backing, Hub& hub, std::shared_ptr<http::Authorizer> authorizer) {
  try {
    return std::unique_ptr<WebSocketServer>(new WebSocketServer(std::make_unique<Impl>(backing, hub, std::move(authorizer))));
  } catch (const std::exception& error) {
    return Error{ErrorKind::kInvalid, std::string("no port on loopback for WebSockets: ") + error.what()};
  }
}

}  // namespace spillway::api
