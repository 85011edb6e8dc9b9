#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace boost::asio {
class io_context;
}

namespace spillway::workload {

struct Answer {
  int status = 200;
  std::string body;
  std::string content_type = "text/plain; charset=utf-8";
  std::vector<std::pair<std::string, std::string>> headers;
};

/// One request and the way to answer it, now or later. Lives on the thread of the io_context.
class Exchange {
 public:
  Exchange(std::string method, std::string target) : method_(std::move(method)), target_(std::move(target)) {}
  virtual ~Exchange() = default;

  const std::string& method() const { return method_; }
  const std::string& target() const { return target_; }

  /// Sends the answer. Only the first one counts; without effect once the client has gone.
  virtual void answer(Answer answer) = 0;
  /// Called at most once, if the client goes away before it was answered. Set it from within the handler.
  std::function<void()> on_abandoned;

 private:
  std::string method_;
  std::string target_;
};

/// A small HTTP/1.1 server with keep-alive. Watches the connection of each request under way, so that a client that
/// gives up is noticed at once (except while it has pipelined further requests). Everything happens on the io_context's
/// one thread.
class HttpServer {
 public:
  using Handler = std::function<void(std::shared_ptr<Exchange>)>;

  /// Throws std::exception when the address cannot be bound.
  HttpServer(boost::asio::io_context& io, const std::string& address, std::uint16_t port, Handler handler);
  ~HttpServer();

  std::uint16_t port() const;
  /// From now on each answer closes its connection.
  void close_after_answers();
  /// Accepts nothing more and closes idle connections; `on_idle` is called once, when the last connection has gone.
  void stop(std::function<void()> on_idle);

 private:
  class Listener;
  class Session;
  std::shared_ptr<Listener> listener_;
};

}  // namespace spillway::workload
