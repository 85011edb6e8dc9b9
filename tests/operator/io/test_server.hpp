#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

namespace spillway::testing {

/// A plain HTTP/1.1 server on a free loopback port, for what no real server does on demand: cut streams, ask for patience,
/// stay silent. One thread per connection; everything ends with the object.
class TestServer {
 public:
  class Connection {
   public:
    explicit Connection(int fd) : fd_(fd) {}
    bool write(std::string_view bytes) {
      while (!bytes.empty()) {
        const ssize_t sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
      }
      return true;
    }
    /// A whole answer with a body.
    bool answer(int status, const std::string& body, const std::string& headers = {}) {
      return write("HTTP/1.1 " + std::to_string(status) + " Word\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
                   headers + "\r\n" + body);
    }
    bool begin_stream() { return write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); }
    bool chunk(const std::string& piece) {
      char size[32];
      std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
      return write(size + piece + "\r\n");
    }
    bool end_stream() { return write("0\r\n\r\n"); }
    /// Says nothing until the client goes away or the server ends.
    void stay_silent() {
      char ignored[256];
      while (::recv(fd_, ignored, sizeof ignored, 0) > 0) {
      }
    }
    void cut() { ::shutdown(fd_, SHUT_RDWR); }

   private:
    int fd_;
  };
  struct Request {
    std::string method, path, head, body;
    int connection = 0;  ///< counted from 1
  };
  using Handler = std::function<void(const Request&, Connection&)>;

  explicit TestServer(Handler handler) : handler_(std::move(handler)) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    ::listen(listener_, 512);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~TestServer() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    {
      std::lock_guard lock(mutex_);
      for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }

  std::string url(const std::string& path = "") const { return "http://127.0.0.1:" + std::to_string(port_) + path; }
  int connections() const { return connections_; }

 private:
  void accept_all() {
    while (true) {
      const int fd = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (fd < 0) return;
      const int one = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
      std::lock_guard lock(mutex_);
      open_.insert(fd);
      threads_.emplace_back([this, fd, number = ++connections_] { serve(fd, number); });
    }
  }

  void serve(int fd, int number) {
    Connection connection(fd);
    std::string buffered;
    Request request;
    while (read_request(fd, buffered, request)) {
      request.connection = number;
      handler_(request, connection);
    }
    std::lock_guard lock(mutex_);
    open_.erase(fd);
    ::close(fd);
  }

  static bool read_more(int fd, std::string& buffered) {
    char piece[4096];
    const ssize_t count = ::recv(fd, piece, sizeof piece, 0);
    if (count > 0) buffered.append(piece, static_cast<std::size_t>(count));
    return count > 0;
  }

  static bool read_request(int fd, std::string& buffered, Request& request) {
    std::size_t end;
    while ((end = buffered.find("\r\n\r\n")) == std::string::npos)
      if (!read_more(fd, buffered)) return false;
    request.head = buffered.substr(0, end + 2);
    const auto space = request.head.find(' ');
    request.method = request.head.substr(0, space);
    request.path = request.head.substr(space + 1, request.head.find(' ', space + 1) - space - 1);
    std::size_t length = 0;
    if (const auto at = request.head.find("Content-Length: "); at != std::string::npos)
      length = std::stoul(request.head.substr(at + 16));
    buffered.erase(0, end + 4);
    while (buffered.size() < length)
      if (!read_more(fd, buffered)) return false;
    request.body = buffered.substr(0, length);
    buffered.erase(0, length);
    return true;
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace spillway::testing
