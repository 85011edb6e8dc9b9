#include "operator/workload/http_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <unordered_set>

namespace spillway::workload {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;
using Code = boost::system::error_code;

constexpr std::chrono::seconds kIdleTimeout{120};
constexpr std::chrono::seconds kWriteTimeout{30};
constexpr std::chrono::milliseconds kAcceptPause{100};  // when the process is out of file descriptors
constexpr std::uint64_t kBodyLimit = 64 * 1024;
constexpr std::uint32_t kHeaderLimit = 16 * 1024;

}  // namespace

class HttpServer::Listener : public std::enable_shared_from_this<Listener> {
 public:
  Listener(asio::io_context& io, const std::string& address, std::uint16_t port, Handler handler)
      : acceptor_(io, tcp::endpoint(asio::ip::make_address(address), port), /*reuse_addr=*/true),
        pause_(io),
        handler_(std::move(handler)) {}

  void accept();
  void stop(std::function<void()> on_idle);
  void forget() { on_idle_ = nullptr; }
  void close_after_answers() { closing_ = true; }
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }

  void joined(Session* session) { sessions_.insert(session); }
  void left(Session* session);
  bool closing() const { return closing_; }
  void handle(std::shared_ptr<Exchange> exchange) { handler_(std::move(exchange)); }

 private:
  tcp::acceptor acceptor_;
  asio::steady_timer pause_;
  Handler handler_;
  std::unordered_set<Session*> sessions_;
  std::function<void()> on_idle_;
  bool closing_ = false;
};

/// One connection: reads a request, waits for its answer while it watches for the client's leaving, writes, starts
/// again.
class HttpServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(tcp::socket socket, std::shared_ptr<Listener> listener)
      : stream_(std::move(socket)), listener_(std::move(listener)) {
    listener_->joined(this);
    Code ignored;
    stream_.socket().set_option(tcp::no_delay(true), ignored);
    stream_.socket().non_blocking(true, ignored);
  }
  ~Session() { listener_->left(this); }

  void read();
  void close_if_idle() {
    if (!busy()) close();
  }
  void answer(const Exchange* exchange, Answer answer);

 private:
  class Pending;

  bool busy() const { return exchange_ != nullptr || writing_; }
  void on_read(Code code);
  void refuse_malformed();
  void watch();
  void on_readable(std::uint64_t turn);
  void write(Answer answer, bool keep_alive, unsigned version);
  void close() {
    Code ignored;
    stream_.socket().shutdown(tcp::socket::shutdown_both, ignored);
    stream_.close();
  }

  beast::tcp_stream stream_;
  std::shared_ptr<Listener> listener_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  std::shared_ptr<Exchange> exchange_;  // the request under way
  http::response<http::string_body> response_;
  std::uint64_t turn_ = 0;  // counts requests, so that a late watch is told from the present one
  bool writing_ = false;
};

class HttpServer::Session::Pending final : public Exchange {
 public:
  Pending(std::string method, std::string target, std::weak_ptr<Session> session)
      : Exchange(std::move(method), std::move(target)), session_(std::move(session)) {}
  void answer(Answer answer) override {
    if (const auto session = session_.lock()) session->answer(this, std::move(answer));
  }

 private:
  std::weak_ptr<Session> session_;
};

void HttpServer::Session::read() {
  parser_.emplace();
  parser_->body_limit(kBodyLimit);
  parser_->header_limit(kHeaderLimit);
  stream_.expires_after(kIdleTimeout);
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](Code code, std::size_t) { self->on_read(code); });
}

void HttpServer::Session::on_read(Code code) {
  if (code.category() == http::make_error_code(http::error::end_of_stream).category() &&
      code != http::error::end_of_stream && code != http::error::partial_message) {
    return refuse_malformed();
  }
  if (code) return close();
  const auto& request = parser_->get();
  exchange_ =
      std::make_shared<Pending>(std::string(request.method_string()), std::string(request.target()), weak_from_this());
  ++turn_;
  stream_.expires_never();
  listener_->handle(exchange_);
  if (exchange_ != nullptr) watch();
}

void HttpServer::Session::refuse_malformed() {
  write({400, "malformed HTTP request\n"}, /*keep_alive=*/false, 11);
}

void HttpServer::Session::watch() {
  stream_.socket().async_wait(tcp::socket::wait_read, [self = shared_from_this(), turn = turn_](Code code) {
    if (!code) self->on_readable(turn);
  });
}

void HttpServer::Session::on_readable(std::uint64_t turn) {
  if (turn != turn_ || exchange_ == nullptr) return;
  char byte = 0;
  Code code;
  stream_.socket().receive(asio::buffer(&byte, 1), tcp::socket::message_peek, code);
  if (!code) return;  // a pipelined request: it is read in its turn
  if (code == asio::error::would_block) return watch();
  const auto abandoned = std::exchange(exchange_, nullptr);
  close();
  if (abandoned->on_abandoned) abandoned->on_abandoned();
}

void HttpServer::Session::answer(const Exchange* exchange, Answer answer) {
  if (exchange_.get() != exchange) return;
  const auto& request = parser_->get();
  const bool keep_alive = request.keep_alive() && !listener_->closing();
  const unsigned version = request.version();
  exchange_ = nullptr;
  Code ignored;
  stream_.socket().cancel(ignored);  // ends the watch
  write(std::move(answer), keep_alive, version);
}

void HttpServer::Session::write(Answer answer, bool keep_alive, unsigned version) {
  response_ = {static_cast<http::status>(answer.status), version};
  response_.set(http::field::content_type, answer.content_type);
  for (const auto& [name, value] : answer.headers) response_.set(name, value);
  response_.body() = std::move(answer.body);
  response_.keep_alive(keep_alive);
  response_.prepare_payload();
  writing_ = true;
  stream_.expires_after(kWriteTimeout);
  http::async_write(stream_, response_, [self = shared_from_this(), keep_alive](Code code, std::size_t) {
    self->writing_ = false;
    if (code || !keep_alive || self->listener_->closing()) return self->close();
    self->read();
  });
}

void HttpServer::Listener::accept() {
  acceptor_.async_accept([self = shared_from_this()](Code code, tcp::socket socket) {
    if (code == asio::error::operation_aborted) return;
    if (code) {
      self->pause_.expires_after(kAcceptPause);
      self->pause_.async_wait([self](Code stopped) {
        if (!stopped) self->accept();
      });
      return;
    }
    std::make_shared<Session>(std::move(socket), self)->read();
    self->accept();
  });
}

void HttpServer::Listener::stop(std::function<void()> on_idle) {
  Code ignored;
  acceptor_.close(ignored);
  pause_.cancel();
  closing_ = true;
  on_idle_ = std::move(on_idle);
  const auto sessions = sessions_;
  for (Session* session : sessions) session->close_if_idle();
  if (sessions_.empty()) std::exchange(on_idle_, nullptr)();
}

void HttpServer::Listener::left(Session* session) {
  sessions_.erase(session);
  if (sessions_.empty() && on_idle_) std::exchange(on_idle_, nullptr)();
}

HttpServer::HttpServer(asio::io_context& io, const std::string& address, std::uint16_t port, Handler handler)
    : listener_(std::make_shared<Listener>(io, address, port, std::move(handler))) {
  listener_->accept();
}

HttpServer::~HttpServer() {
  listener_->forget();
}
std::uint16_t HttpServer::port() const {
  return listener_->port();
}
void HttpServer::close_after_answers() {
  listener_->close_after_answers();
}
void HttpServer::stop(std::function<void()> on_idle) {
  listener_->stop(std::move(on_idle));
}

}  // namespace spillway::workload
