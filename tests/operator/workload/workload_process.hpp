#pragma once
#include <arpa/inet.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "operator/workload/workload.hpp"

namespace spillway::test {

inline bool eventually(const std::function<bool()>& done, std::chrono::seconds limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

/// The workload in a process of its own, on a free loopback port; killed by its id when the test ends.
class WorkloadProcess {
 public:
  explicit WorkloadProcess(workload::WorkloadOptions options) {
    int ports[2];
    if (pipe(ports) != 0) abort();
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      close(ports[0]);
      options.address = "127.0.0.1";
      options.port = 0;
      options.on_listening = [&](std::uint16_t port) {
        if (write(ports[1], &port, sizeof port) != sizeof port) _exit(125);
      };
      _exit(workload::run_workload(options));
    }
    close(ports[1]);
    if (read(ports[0], &port_, sizeof port_) != sizeof port_) port_ = 0;
    close(ports[0]);
  }
  ~WorkloadProcess() {
    if (pid_ == 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  WorkloadProcess(const WorkloadProcess&) = delete;
  WorkloadProcess& operator=(const WorkloadProcess&) = delete;

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return pid_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  void signal(int number) const { kill(pid_, number); }

  /// The exit code, once it has ended by itself; nothing within the limit.
  std::optional<int> wait_for_exit(std::chrono::seconds limit = std::chrono::seconds(20)) {
    int status = 0;
    if (!eventually([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }, limit)) return std::nullopt;
    pid_ = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  pid_t pid_ = 0;
  std::uint16_t port_ = 0;
};

struct HttpAnswer {
  int status = 0;  ///< 0: no answer
  std::string head;
  std::string body;
};

/// One raw connection, so that tests can leave, half close or send nonsense.
class Connection {
 public:
  explicit Connection(std::uint16_t port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    const timeval limit{30, 0};
    setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  }
  ~Connection() { leave(); }
  Connection(Connection&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_), rest_(std::move(other.rest_)) {}

  bool connected() const { return connected_; }
  void send(const std::string& bytes) { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  void get(const std::string& target) { send("GET " + target + " HTTP/1.1\r\nHost: test\r\n\r\n"); }
  void leave() {
    if (fd_ >= 0) close(std::exchange(fd_, -1));
  }

  HttpAnswer read() {
    HttpAnswer answer;
    for (char buffer[4096];;) {
      const auto head = rest_.find("\r\n\r\n");
      if (head != std::string::npos && rest_.size() >= head + 4 + body_length(rest_)) {
        const auto length = body_length(rest_);
        answer = {std::stoi(rest_.substr(9, 3)), rest_.substr(0, head), rest_.substr(head + 4, length)};
        rest_.erase(0, head + 4 + length);
        return answer;
      }
      const auto got = recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) return answer;
      rest_.append(buffer, static_cast<std::size_t>(got));
    }
  }

 private:
  static std::size_t body_length(const std::string& text) {
    const auto at = text.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(text.substr(at + 16));
  }

  int fd_;
  bool connected_ = false;
  std::string rest_;
};

inline HttpAnswer get(std::uint16_t port, const std::string& target) {
  Connection connection(port);
  connection.get(target);
  return connection.read();
}

/// The value of one series in the process's /metrics; nothing if it is not there.
inline std::optional<double> metric(std::uint16_t port, const std::string& series) {
  const std::string page = "\n" + get(port, "/metrics").body;
  const auto at = page.find("\n" + series + " ");
  if (at == std::string::npos) return std::nullopt;
  return std::stod(page.substr(at + series.size() + 2));
}

}  // namespace spillway::test
