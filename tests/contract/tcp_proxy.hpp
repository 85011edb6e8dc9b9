#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace spillway::testing {

/// Stands between a client and a server on loopback and can cut the line: bytes pass through untouched (TLS included).
class TcpProxy {
 public:
  explicit TcpProxy(int target_port) : target_port_(target_port) {
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address = loopback(0);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
    socklen_t length = sizeof address;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    ::listen(listener_, 64);
    acceptor_ = std::thread([this] { accept_all(); });
  }

  ~TcpProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    cut();
    for (auto& thread : threads_) thread.join();
    ::close(listener_);
  }

  int port() const { return port_; }

  /// Ends all connections and takes no new ones until mend().
  void cut() {
    std::lock_guard lock(mutex_);
    cut_ = true;
    for (int fd : open_) ::shutdown(fd, SHUT_RDWR);
  }
  void mend() {
    std::lock_guard lock(mutex_);
    cut_ = false;
  }

 private:
  static sockaddr_in loopback(int port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    return address;
  }

  void accept_all() {
    while (true) {
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (client < 0) return;
      std::lock_guard lock(mutex_);
      const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in address = loopback(target_port_);
      if (cut_ || ::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        ::close(client);
        ::close(server);
        continue;
      }
      open_.insert({client, server});
      threads_.emplace_back([this, client, server] { pass(client, server); });
    }
  }

  void pass(int client, int server) {
    pollfd ends[2] = {{client, POLLIN, 0}, {server, POLLIN, 0}};
    bool open = true;
    while (open && ::poll(ends, 2, -1) > 0)
      for (int i = 0; i < 2 && open; ++i)
        if (ends[i].revents) open = forward(ends[i].fd, ends[1 - i].fd);
    std::lock_guard lock(mutex_);
    for (int fd : {client, server}) {
      open_.erase(fd);
      ::close(fd);
    }
  }

  static bool forward(int from, int to) {
    char piece[65536];
    const ssize_t count = ::recv(from, piece, sizeof piece, 0);
    for (ssize_t sent = 0; sent < count;) {
      const ssize_t now = ::send(to, piece + sent, static_cast<std::size_t>(count - sent), MSG_NOSIGNAL);
      if (now <= 0) return false;
      sent += now;
    }
    return count > 0;
  }

  const int target_port_;
  int listener_ = -1;
  int port_ = 0;
  std::mutex mutex_;
  bool cut_ = false;
  std::set<int> open_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace spillway::testing
