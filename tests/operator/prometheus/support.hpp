#pragma once
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace spillway::test {

/// Polls until `done` or a bound; tells which.
inline bool eventually(const std::function<bool()>& done, std::chrono::seconds limit = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

inline int listen_on_loopback(int& port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(fd, 64) != 0) abort();
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return fd;
}

inline int free_port() {
  int port = 0;
  close(listen_on_loopback(port));
  return port;
}

/// A folder that goes away again.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "spillway-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(file(name)) << content;
    return file(name);
  }

 private:
  std::string path_;
};

inline pid_t start_program(const std::vector<std::string>& command, const std::string& log) {
  std::vector<char*> argv;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const pid_t pid = fork();
  if (pid == 0) {
    const int out = open(log.c_str(), O_CREAT | O_WRONLY | O_APPEND, 0600);
    dup2(out, 1);
    dup2(out, 2);
    execv(argv[0], argv.data());
    _exit(127);
  }
  return pid;
}

inline int run_program(const std::vector<std::string>& command, const std::string& log) {
  int status = 0;
  waitpid(start_program(command, log), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

/// A program that is stopped, by its id, when the test ends.
class Program {
 public:
  Program(const std::vector<std::string>& command, const std::string& log) : pid_(start_program(command, log)) {}
  ~Program() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

 private:
  pid_t pid_;
};

/// A few lines of HTTP server on a free loopback port: one thread per connection, the handler makes the body. Keeps
/// what it was asked.
class PageServer {
 public:
  struct Page {
    std::string body;
    int status = 200;
  };
  using Handler = std::function<Page(const std::string& request)>;

  explicit PageServer(Handler handler)
      : handler_(std::move(handler)), listener_(listen_on_loopback(port_)), acceptor_([this] { accept_all(); }) {}
  ~PageServer() {
    shutdown(listener_, SHUT_RDWR);
    acceptor_.join();
    close(listener_);
    {
      const std::lock_guard lock(mutex_);
      for (const int fd : sockets_) shutdown(fd, SHUT_RDWR);
    }
    for (auto& thread : threads_) thread.join();
    for (const int fd : sockets_) close(fd);
  }

  int port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  int connections() const { return connections_; }
  std::vector<std::string> requests() const {
    const std::lock_guard lock(mutex_);
    return requests_;
  }

 private:
  void accept_all() {
    for (int fd = accept(listener_, nullptr, nullptr); fd >= 0; fd = accept(listener_, nullptr, nullptr)) {
      ++connections_;
      const std::lock_guard lock(mutex_);
      sockets_.push_back(fd);
      threads_.emplace_back([this, fd] { serve(fd); });
    }
  }

  void serve(int fd) {
    std::string request;
    while (read_request(fd, request)) {
      {
        const std::lock_guard lock(mutex_);
        requests_.push_back(request);
      }
      const Page page = handler_(request);
      const std::string answer =
          "HTTP/1.1 " + std::to_string(page.status) +
          " X\r\nContent-Type: text/plain\r\nContent-Length: " + std::to_string(page.body.size()) + "\r\n\r\n" +
          page.body;
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return;
      request.clear();
    }
  }

  static bool read_request(int fd, std::string& request) {
    char buffer[4096];
    for (;;) {
      const auto head = request.find("\r\n\r\n");
      if (head != std::string::npos && request.size() >= head + 4 + body_length(request)) return true;
      const auto got = recv(fd, buffer, sizeof buffer, 0);
      if (got <= 0) return false;
      request.append(buffer, static_cast<std::size_t>(got));
    }
  }

  static std::size_t body_length(const std::string& request) {
    const auto at = request.find("Content-Length: ");
    return at == std::string::npos ? 0 : std::stoul(request.substr(at + 16));
  }

  Handler handler_;
  int port_ = 0;
  int listener_;
  std::atomic<int> connections_ = 0;
  mutable std::mutex mutex_;
  std::vector<std::string> requests_;
  std::vector<int> sockets_;
  std::vector<std::thread> threads_;
  std::thread acceptor_;
};

}  // namespace spillway::test
