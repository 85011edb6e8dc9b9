#pragma once
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>

#include "model/base/result.hpp"

namespace spillway::record {

/// Appends lines to a file that is rotated by size: path, path.1 (the one before), ... Thread-safe; each line is
/// flushed.
class RecordFile {
 public:
  struct Options {
    std::string path;  ///< "-": standard output, never rotated
    std::int64_t max_bytes = 64 << 20;
    int max_files = 5;  ///< the present one included, at least 1
  };

  explicit RecordFile(Options options) : options_(std::move(options)) {}
  /// kInvalid: the file cannot be opened. A half line that a killed process left is ended first.
  Status open();
  /// A line that cannot be written is lost: a record must never stop the control loop.
  void append(std::string_view line);

 private:
  void rotate();

  Options options_;
  std::mutex mutex_;
  std::ofstream out_;
  std::int64_t bytes_ = 0;
};

}  // namespace spillway::record
