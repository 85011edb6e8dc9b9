#include "operator/io/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace spillway::io {
namespace {

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

Error file_error(const std::string& what, const std::string& path, int code) {
  ErrorKind kind = ErrorKind::kTransient;
  if (code == ENOENT || code == ENOTDIR) kind = ErrorKind::kNotFound;
  if (code == EACCES || code == EPERM) kind = ErrorKind::kForbidden;
  if (code == EISDIR) kind = ErrorKind::kInvalid;
  return {kind, what + " " + path + ": " + std::strerror(code)};
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const ssize_t written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return file_error("cannot open", path, errno);
  std::string content;
  char piece[65536];
  while (true) {
    const ssize_t count = ::read(file.get(), piece, sizeof piece);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("cannot read", path, errno);
    if (count == 0) return content;
    if (content.size() + static_cast<std::size_t>(count) > max_bytes)
      return Error{ErrorKind::kInvalid, path + " is larger than " + std::to_string(max_bytes) + " bytes"};
    content.append(piece, static_cast<std::size_t>(count));
  }
}

Status write_file_atomically(const std::string& path, std::string_view content, unsigned mode) {
  std::string beside = path + ".XXXXXX";
  FileDescriptor file(::mkostemp(beside.data(), O_CLOEXEC));
  if (file.get() < 0) return file_error("cannot create a file beside", path, errno);
  const bool written = write_all(file.get(), content) && ::fchmod(file.get(), mode) == 0 && ::fsync(file.get()) == 0 &&
                       std::rename(beside.c_str(), path.c_str()) == 0;
  if (written) return Ok{};
  const int code = errno;
  ::unlink(beside.c_str());
  return file_error("cannot write", path, code);
}

}  // namespace spillway::io
