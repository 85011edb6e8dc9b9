#include "operator/workload/work.hpp"

#include <charconv>
#include <cmath>
#include <optional>

#include "model/base/text.hpp"

namespace spillway::workload {
namespace {

constexpr std::size_t kMaxIdBytes = 256;
constexpr double kMaxPayloadBytes = 1048576;

struct NumberLimit {
  std::string_view name;
  double max;
  double WorkParameters::*member;
};
constexpr NumberLimit kNumbers[] = {
    {"cpu_ms", 60000, &WorkParameters::cpu_ms},
    {"sleep_ms", 60000, &WorkParameters::sleep_ms},
    {"jitter_ms", 5000, &WorkParameters::jitter_ms},
    {"err_rate", 1, &WorkParameters::err_rate},
};

Error invalid(std::string_view name, std::string_view value, const std::string& allowed) {
  return {ErrorKind::kInvalid, text(name, ": '", value.substr(0, 80), "' is not allowed: ", allowed)};
}

Error invalid_number(std::string_view name, std::string_view value, double max) {
  return invalid(name, value, text("a number from 0 to ", max));
}

/// A finite number from 0 to max.
std::optional<double> parse_number(std::string_view written, double max) {
  double value = 0.0;
  const auto [stop, code] = std::from_chars(written.data(), written.data() + written.size(), value);
  if (code != std::errc() || stop != written.data() + written.size() || !(value >= 0.0 && value <= max))
    return std::nullopt;
  return value;
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// %41 -> A, + -> space; nothing if a percent sign is not followed by two hex digits.
std::optional<std::string> percent_decoded(std::string_view encoded) {
  std::string plain;
  for (std::size_t i = 0; i < encoded.size(); ++i) {
    if (encoded[i] != '%') {
      plain += encoded[i] == '+' ? ' ' : encoded[i];
      continue;
    }
    if (i + 2 >= encoded.size()) return std::nullopt;
    const int high = hex_digit(encoded[i + 1]), low = hex_digit(encoded[i + 2]);
    if (high < 0 || low < 0) return std::nullopt;
    plain += static_cast<char>(high * 16 + low);
    i += 2;
  }
  return plain;
}

Status set(WorkParameters& work, const std::string& name, const std::string& value) {
  for (const auto& limit : kNumbers) {
    if (name != limit.name) continue;
    const auto number = parse_number(value, limit.max);
    if (!number) return invalid_number(name, value, limit.max);
    work.*limit.member = *number;
    return Ok{};
  }
  if (name == "payload_bytes") {
    const auto number = parse_number(value, kMaxPayloadBytes);
    if (!number || *number != std::floor(*number)) return invalid(name, value, "a whole number from 0 to 1048576");
    work.payload_bytes = static_cast<std::size_t>(*number);
    return Ok{};
  }
  if (name == "id") {
    if (value.size() > kMaxIdBytes) return invalid(name, value, text("at most ", kMaxIdBytes, " bytes"));
    work.id = value;
    return Ok{};
  }
  return invalid("parameter", name, "cpu_ms, sleep_ms, jitter_ms, payload_bytes, err_rate or id");
}

}  // namespace

Target split_target(std::string_view target) {
  const auto cut = target.find('?');
  if (cut == std::string_view::npos) return {target, {}};
  return {target.substr(0, cut), target.substr(cut + 1)};
}

Result<WorkParameters> parse_work(std::string_view query, WorkParameters defaults) {
  while (!query.empty()) {
    const auto end = std::min(query.find('&'), query.size());
    const auto pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const auto equals = std::min(pair.find('='), pair.size());
    const auto name = percent_decoded(pair.substr(0, equals));
    const auto value = percent_decoded(pair.substr(std::min(equals + 1, pair.size())));
    if (!name || !value) return invalid("query", pair, "percent-encoded text (%41)");
    if (auto status = set(defaults, *name, *value); !status) return status.error();
  }
  return defaults;
}

Status validate(const WorkParameters& work) {
  for (const auto& limit : kNumbers) {
    const double value = work.*limit.member;
    if (!(value >= 0.0 && value <= limit.max)) return invalid_number(limit.name, text(value), limit.max);
  }
  if (static_cast<double>(work.payload_bytes) > kMaxPayloadBytes) {
    return invalid("payload_bytes", text(work.payload_bytes), "a whole number from 0 to 1048576");
  }
  if (work.id.size() > kMaxIdBytes) return invalid("id", work.id, text("at most ", kMaxIdBytes, " bytes"));
  return Ok{};
}

}  // namespace spillway::workload
