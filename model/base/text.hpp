#pragma once
#include <string>
#include <string_view>

namespace spillway {

/// A number for people: up to three significant digits, without an exponent between 0.001 and 1e9 ("120", "0.35", "1430").
std::string for_people(double value);

namespace detail {
inline std::string piece(std::string_view part) { return std::string(part); }
inline std::string piece(int part) { return std::to_string(part); }
inline std::string piece(std::size_t part) { return std::to_string(part); }
inline std::string piece(double part) { return for_people(part); }
}  // namespace detail

/// Joins text and numbers into one sentence: text("scaled ", 4, " -> ", 7, " at ", 120.5, " rps").
template <typename... Parts>
std::string text(const Parts&... parts) {
  std::string result;
  (result.append(detail::piece(parts)), ...);
  return result;
}

}  // namespace spillway
