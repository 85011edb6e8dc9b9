#include "operator/io/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern char** environ;

namespace spillway::io {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> list;
  for (auto& text : texts) list.push_back(text.data());
  list.push_back(nullptr);
  return list;
}

std::vector<std::string> environment_with(const std::vector<std::pair<std::string, std::string>>& extra) {
  std::vector<std::string> all;
  for (const auto& [name, value] : extra) all.push_back(name + "=" + value);  // first: getenv takes the first it finds
  for (char** each = environ; *each; ++each) {
    const std::string_view entry(*each);
    const auto name = entry.substr(0, entry.find('='));
    const bool replaced = std::any_of(extra.begin(), extra.end(), [&](const auto& pair) { return pair.first == name; });
    if (!replaced) all.emplace_back(entry);
  }
  return all;
}

/// 0 and the child's id, or an errno.
int spawn(const ProgramCall& call, int output, pid_t& child) {
  std::vector<std::string> arguments{call.command};
  arguments.insert(arguments.end(), call.args.begin(), call.args.end());
  auto environment = environment_with(call.env);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  const int code = posix_spawnp(&child, call.command.c_str(), &actions, nullptr, pointers(arguments).data(),
                                pointers(environment).data());
  posix_spawn_file_actions_destroy(&actions);
  return code;
}

enum class ReadEnd { kComplete, kTooLate, kTooMuch };

ReadEnd read_until(int pipe, SteadyTime deadline, std::size_t max_bytes, std::string& output) {
  char piece[4096];
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return ReadEnd::kTooLate;
    pollfd readable{pipe, POLLIN, 0};
    if (poll(&readable, 1, static_cast<int>(left.count())) <= 0) continue;
    const ssize_t count = read(pipe, piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return ReadEnd::kComplete;
    if (output.size() + static_cast<std::size_t>(count) > max_bytes) return ReadEnd::kTooMuch;
    output.append(piece, static_cast<std::size_t>(count));
  }
}

}  // namespace

Result<std::string> run_program(const ProgramCall& call) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return Error{ErrorKind::kTransient, "no pipe for " + call.command};
  pid_t child = 0;
  const int code = spawn(call, ends[1], child);
  close(ends[1]);
  std::string output;
  ReadEnd end = ReadEnd::kComplete;
  if (code == 0) end = read_until(ends[0], std::chrono::steady_clock::now() + call.limit, call.max_output_bytes, output);
  close(ends[0]);
  if (code != 0) return Error{ErrorKind::kInvalid, "cannot start " + call.command + ": " + std::strerror(code)};
  if (end != ReadEnd::kComplete) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (end == ReadEnd::kTooLate)
    return Error{ErrorKind::kTimeout, call.command + " did not end within " + std::to_string(call.limit.count()) + " ms"};
  if (end == ReadEnd::kTooMuch) return Error{ErrorKind::kInvalid, call.command + " wrote too much"};
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    return Error{ErrorKind::kInvalid, call.command + " failed with status " +
                                          std::to_string(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status))};
  return output;
}

}  // namespace spillway::io
