#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>

namespace spillway::http::testing {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A client that says exactly the bytes it is told to. Every wait is bounded.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  }
  ~Connection() { ::close(fd_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  bool send(const std::string& bytes) {
    return ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  /// What comes next; empty at the end of the stream or when nothing came in time.
  std::string receive_some(std::chrono::milliseconds limit = std::chrono::seconds(5)) {
    pollfd ready{fd_, POLLIN, 0};
    char buffer[8192];
    const ssize_t size = ::poll(&ready, 1, static_cast<int>(limit.count())) > 0 ? ::recv(fd_, buffer, sizeof buffer, 0) : 0;
    return size > 0 ? std::string(buffer, static_cast<std::size_t>(size)) : std::string();
  }
  /// A whole answer: head and body may come in pieces. What has come when nothing more comes, otherwise.
  std::string receive_until(const std::string& end) {
    std::string answer;
    for (std::string piece; !answer.ends_with(end) && !(piece = receive_some()).empty();) answer += piece;
    return answer;
  }
  bool is_closed_within(std::chrono::milliseconds limit) {
    pollfd ready{fd_, POLLIN, 0};
    char byte;
    return ::poll(&ready, 1, static_cast<int>(limit.count())) > 0 && ::recv(fd_, &byte, 1, MSG_PEEK) <= 0;
  }

 private:
  int fd_;
};

/// Sends raw bytes and reads until the server closes or is silent for `limit`.
inline std::string talk(std::uint16_t port, const std::string& bytes, std::chrono::milliseconds limit = std::chrono::seconds(5)) {
  Connection connection(port);
  connection.send(bytes);
  std::string answer;
  for (std::string piece; !(piece = connection.receive_some(limit)).empty();) answer += piece;
  return answer;
}

}  // namespace spillway::http::testing
