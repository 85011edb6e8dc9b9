// The only file that includes spdlog. Formatting is ours (fields, JSON escapes, redaction); spdlog has levels, sinks and locks.
#include "operator/telemetry/log.hpp"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>
#include <charconv>
#include <cmath>

#include "operator/telemetry/redact.hpp"

namespace spillway::telemetry {

namespace {

std::atomic<LogFormat> g_format{LogFormat::kJson};

spdlog::level::level_enum spdlog_level(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarn: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

// UTC with milliseconds, first in both formats; the message part (%v) is composed below.
constexpr const char* kJsonPattern = R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})";
constexpr const char* kTextPattern = "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";

std::shared_ptr<spdlog::logger> make_logger(spdlog::sink_ptr sink, LogLevel level, LogFormat format) {
  auto logger = std::make_shared<spdlog::logger>("spillway", std::move(sink));
  logger->set_pattern(format == LogFormat::kJson ? kJsonPattern : kTextPattern, spdlog::pattern_time_type::utc);
  logger->set_level(spdlog_level(level));
  logger->flush_on(spdlog::level::info);
  return logger;
}

/// The process's logger. Swapped by configure_logging; a line that is being written keeps the old one alive.
std::shared_ptr<spdlog::logger> exchange_logger(std::shared_ptr<spdlog::logger> next) {
  static std::atomic<std::shared_ptr<spdlog::logger>> logger{
      make_logger(std::make_shared<spdlog::sinks::stderr_sink_mt>(), LogLevel::kInfo, LogFormat::kJson)};
  return next ? logger.exchange(next) : logger.load();
}

std::shared_ptr<spdlog::logger> logger() { return exchange_logger(nullptr); }

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char kHex[] = "0123456789abcdef";
  for (const char c : text) {
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) (out += "\\u00") += {kHex[(c >> 4) & 15], kHex[c & 15]};
        else out += c;
    }
  }
}

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, text);
  out += '"';
}

std::string safe_text(const LogField& field, const std::string& text) {
  return is_secret_name(field.name) ? std::string(kRedacted) : redact(text);
}

void append_value(std::string& out, const LogField& field) {
  if (const auto* text = std::get_if<std::string>(&field.value)) return append_quoted(out, safe_text(field, *text));
  if (const auto* flag = std::get_if<bool>(&field.value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole = std::get_if<std::int64_t>(&field.value)) {
    out += std::to_string(*whole);
  } else if (const double real = std::get<double>(field.value); std::isfinite(real)) {
    char buffer[32];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, real).ptr);
  } else {
    append_quoted(out, std::isnan(real) ? "NaN" : real > 0 ? "+Inf" : "-Inf");  // JSON has no such numbers
  }
}

std::string json_line(ConstantMessage message, std::initializer_list<LogField> fields) {
  std::string out = "\"message\":";
  append_quoted(out, message.text());
  for (const LogField& field : fields) {
    out += ',';
    append_quoted(out, field.name);
    out += ':';
    append_value(out, field);
  }
  return out;
}

std::string text_line(ConstantMessage message, std::initializer_list<LogField> fields) {
  std::string out = message.text();
  for (const LogField& field : fields) {
    ((out += ' ') += field.name) += '=';
    append_value(out, field);
  }
  return out;
}

}  // namespace

void configure_logging(const LogOptions& options) {
  spdlog::sink_ptr sink;
  std::string trouble;
  if (!options.file.empty()) {
    try {
      sink = std::make_shared<spdlog::sinks::basic_file_sink_mt>(options.file);
    } catch (const spdlog::spdlog_ex& error) {
      trouble = error.what();
    }
  }
  if (!sink) sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  g_format = options.format;
  exchange_logger(make_logger(std::move(sink), options.level, options.format));
  if (!trouble.empty()) log_error("cannot open the log file, logging to standard error", {{"file", options.file}, {"error", trouble}});
}

bool log_enabled(LogLevel level) { return logger()->should_log(spdlog_level(level)); }

void log(LogLevel level, ConstantMessage message, std::initializer_list<LogField> fields) {
  const auto target = logger();
  if (!target->should_log(spdlog_level(level))) return;
  target->log(spdlog_level(level), g_format == LogFormat::kJson ? json_line(message, fields) : text_line(message, fields));
}

}  // namespace spillway::telemetry
