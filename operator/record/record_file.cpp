#include "operator/record/record_file.hpp"

#include <filesystem>
#include <iostream>

namespace spillway::record {
namespace {

bool ends_in_half_line(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  if (!in || in.tellg() <= 0) return false;
  in.seekg(-1, std::ios::end);
  return in.get() != '\n';
}

std::string numbered(const std::string& path, int number) {
  return number == 0 ? path : path + "." + std::to_string(number);
}

}  // namespace

Status RecordFile::open() {
  if (options_.path == "-") return Ok{};
  const bool half = ends_in_half_line(options_.path);
  out_.open(options_.path, std::ios::binary | std::ios::app);
  if (!out_)
    return Error{ErrorKind::kInvalid, "decisionLog.path: \"" + options_.path + "\" cannot be opened for writing"};
  if (half) out_ << '\n';
  std::error_code error;
  const auto size = std::filesystem::file_size(options_.path, error);
  bytes_ = error ? 0 : static_cast<std::int64_t>(size);
  return Ok{};
}

void RecordFile::append(std::string_view line) {
  std::lock_guard lock(mutex_);
  if (options_.path == "-") {
    std::cout << line << '\n' << std::flush;
    return;
  }
  const auto size = static_cast<std::int64_t>(line.size()) + 1;
  if (bytes_ > 0 && bytes_ + size > options_.max_bytes) rotate();
  out_ << line << '\n' << std::flush;
  bytes_ += size;
}

void RecordFile::rotate() {
  out_.close();
  std::error_code error;  // whatever cannot be renamed is overwritten
  for (int number = options_.max_files - 1; number > 0; --number) {
    std::filesystem::rename(numbered(options_.path, number - 1), numbered(options_.path, number), error);
  }
  out_.open(options_.path, std::ios::binary | std::ios::trunc);
  bytes_ = 0;
}

}  // namespace spillway::record
