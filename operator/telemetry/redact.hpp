#pragma once
#include <string>
#include <string_view>

namespace spillway::telemetry {

/// What stands in place of a secret.
inline constexpr std::string_view kRedacted = "[redacted]";

/// True for names of headers, fields and parameters whose value is a secret: authorization, token, password, ... (any case).
bool is_secret_name(std::string_view name);

/// `text` without credentials: user information in URLs, what follows "Bearer " or "Basic ", values of secret names as in
/// `token=...`, `"password": "..."`, and PEM private keys. For everything that leaves the process: logs, events, error messages.
std::string redact(std::string_view text);

}  // namespace spillway::telemetry
