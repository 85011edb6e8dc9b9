#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace spillway {

/// What the caller may do about a failure. A closed list: every layer below the controllers reports one of these, and only
/// the controller turns a kind into a retry, a condition or an event.
enum class ErrorKind {
  kTransient,     ///< network trouble, 5xx: try again with back-off
  kThrottled,     ///< 429 or 503 with Retry-After: try again no sooner than `retry_after_seconds`
  kConflict,      ///< 409 or a failed JSON-patch test: observe and decide again
  kGone,          ///< 410: the resource version is too old, list again
  kNotFound,      ///< 404
  kUnauthorized,  ///< 401: credentials are wrong or expired
  kForbidden,     ///< 403: a permission is missing
  kInvalid,       ///< 400, 422, malformed input: trying again does not help
  kTimeout,       ///< no answer in time
};

/// The kind's name as it appears in messages, logs and metrics ("Transient", "Throttled", ...).
const char* to_string(ErrorKind kind);

struct Error {
  ErrorKind kind = ErrorKind::kTransient;
  std::string message;
  /// Only with kThrottled: how long the server asked us to wait.
  std::optional<double> retry_after_seconds = std::nullopt;
};

/// Holds nothing on success; the value type of operations that only can fail.
struct Ok {};

/// Either a value or an Error; spelt like std::expected (which arrives with C++23) so that it can be replaced by it.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}      // NOLINT: implicit like std::expected
  Result(Error error) : state_(std::move(error)) {}  // NOLINT

  bool has_value() const { return state_.index() == 0; }
  explicit operator bool() const { return has_value(); }

  /// Precondition: has_value().
  T& value() & { return std::get<0>(state_); }
  const T& value() const& { return std::get<0>(state_); }
  T&& value() && { return std::get<0>(std::move(state_)); }
  T& operator*() & { return value(); }
  const T& operator*() const& { return value(); }
  T&& operator*() && { return std::move(*this).value(); }
  T* operator->() { return &value(); }
  const T* operator->() const { return &value(); }

  /// Precondition: !has_value().
  const Error& error() const { return std::get<1>(state_); }

  template <typename U>
  T value_or(U&& fallback) const& {
    return has_value() ? value() : static_cast<T>(std::forward<U>(fallback));
  }

 private:
  std::variant<T, Error> state_;
};

using Status = Result<Ok>;

}  // namespace spillway
