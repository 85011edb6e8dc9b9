#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

/// The log facade. A message is a constant (so that it can be searched and counted) and everything that varies is a field.
/// Thread-safe. Secrets are taken out of every text field (redact.hpp).
namespace spillway::telemetry {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kJson, kText };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kJson;
  std::string file;  ///< empty = standard error
};

/// Sets level, format and destination for the whole process. Before the first call: info, JSON lines, standard error.
/// A file that cannot be opened leaves standard error in place and says so there.
void configure_logging(const LogOptions& options);
bool log_enabled(LogLevel level);

/// A message known at compile time.
class ConstantMessage {
 public:
  consteval ConstantMessage(const char* text) : text_(text) {}  // NOLINT: implicit, so that literals pass
  const char* text() const { return text_; }

 private:
  const char* text_;
};

/// What varies: a name in lowerCamelCase and a value.
struct LogField {
  std::string_view name;
  std::variant<std::string, std::int64_t, double, bool> value;

  LogField(std::string_view field, std::string_view text) : name(field), value(std::string(text)) {}
  LogField(std::string_view field, const std::string& text) : name(field), value(text) {}
  LogField(std::string_view field, const char* text) : name(field), value(std::string(text)) {}
  LogField(std::string_view field, bool flag) : name(field), value(flag) {}
  template <typename T>
    requires(std::is_arithmetic_v<T> && !std::is_same_v<T, bool>)
  LogField(std::string_view field, T number) : name(field) {
    if constexpr (std::is_floating_point_v<T>) value = static_cast<double>(number);
    else value = static_cast<std::int64_t>(number);
  }
};

void log(LogLevel level, ConstantMessage message, std::initializer_list<LogField> fields = {});

inline void log_debug(ConstantMessage m, std::initializer_list<LogField> f = {}) { log(LogLevel::kDebug, m, f); }
inline void log_info(ConstantMessage m, std::initializer_list<LogField> f = {}) { log(LogLevel::kInfo, m, f); }
inline void log_warn(ConstantMessage m, std::initializer_list<LogField> f = {}) { log(LogLevel::kWarn, m, f); }
inline void log_error(ConstantMessage m, std::initializer_list<LogField> f = {}) { log(LogLevel::kError, m, f); }

}  // namespace spillway::telemetry
