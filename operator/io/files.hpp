#pragma once
#include <string>
#include <string_view>

#include "model/base/result.hpp"

namespace spillway::io {

/// The whole file. kNotFound if there is none, kForbidden if it may not be read, kInvalid if it is larger than `max_bytes`.
Result<std::string> read_file(const std::string& path, std::size_t max_bytes = 64u << 20);

/// Replaces the file in one step (write beside it, fsync, rename): a reader sees the old text or the new, never a half.
Status write_file_atomically(const std::string& path, std::string_view content, unsigned mode = 0644);

}  // namespace spillway::io
