#include "operator/prometheus/default_server.hpp"

#include <optional>

#include "operator/io/files.hpp"

namespace spillway::prometheus {
namespace {

constexpr std::size_t kMaxBytes = 1u << 20;  // what a Secret may hold

/// The file's text without the line end that editors leave; nullopt if there is none.
Result<std::optional<std::string>> read(const std::string& directory, const char* name) {
  auto text = io::read_file(directory + "/" + name, kMaxBytes);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::optional<std::string>();
  if (!text) return Error{text.error().kind, "credentials: " + text.error().message};
  while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
  return std::optional(std::move(*text));
}

}  // namespace

Result<Auth> read_credentials(const std::string& directory) {
  const auto token = read(directory, "token"), username = read(directory, "username"), password = read(directory, "password"),
             ca = read(directory, "ca.crt");
  for (const auto* file : {&token, &username, &password, &ca}) {
    if (!*file) return file->error();
  }
  if (!*token && !*username && !*ca)
    return Error{ErrorKind::kInvalid, "credentials: " + directory + " has none of token, username with password, and ca.crt"};
  if (username->has_value() != password->has_value())
    return Error{ErrorKind::kInvalid, "credentials: " + directory + " has username or password without the other"};
  Auth auth{.bearer_token = token->value_or(""), .username = username->value_or(""), .password = password->value_or(""), .tls = {}};
  if (*ca) {
    auto tls = std::make_shared<io::TlsOptions>();
    tls->ca_pem = **ca;
    auth.tls = std::move(tls);
  }
  return auth;
}

Result<Server> connect(const DefaultServer& server) {
  Server connected{.address = server.address, .auth = {}};
  if (server.credentials_directory.empty()) return connected;
  auto auth = read_credentials(server.credentials_directory);
  if (!auth) return auth.error();
  connected.auth = std::move(*auth);
  return connected;
}

}  // namespace spillway::prometheus
