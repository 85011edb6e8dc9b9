#include "operator/api/handshake.hpp"

#include <algorithm>

#include "operator/api/query.hpp"
#include "operator/kube/base64.hpp"

namespace spillway::api {
namespace {

constexpr std::string_view kTokenProtocol = "base64url.bearer.authorization.k8s.io.";

std::string header(const http::Request& request, const char* name) {
  const auto found = request.headers.find(name);
  return found == request.headers.end() ? std::string() : found->second;
}

std::string trimmed(std::string_view text) {
  const std::size_t begin = std::min(text.find_first_not_of(" \t"), text.size());
  return std::string(text.substr(begin, text.find_last_not_of(" \t") + 1 - begin));
}

std::string decode_url_safe(std::string text) {
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  text.resize((text.size() + 3) / 4 * 4, '=');
  return kube::decode_base64(text).value_or(std::string());
}

}  // namespace

Handshake read_handshake(const http::Request& request) {
  Handshake handshake;
  handshake.last_id = Query(request).text("lastEventId");
  std::string offered = header(request, "sec-websocket-protocol");
  for (std::string_view rest = offered; !rest.empty();) {
    const std::string_view part = rest.substr(0, rest.find(','));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const std::string protocol = trimmed(part);
    if (protocol == kSubprotocol) handshake.speaks_ours = true;
    if (protocol.starts_with(kTokenProtocol)) handshake.token = decode_url_safe(protocol.substr(kTokenProtocol.size()));
  }
  const std::string authorization = header(request, "authorization");
  if (authorization.size() > 7 && (authorization.starts_with("Bearer ") || authorization.starts_with("bearer "))) handshake.token = trimmed(authorization.substr(7));
  return handshake;
}

bool is_same_site(const http::Request& request) {
  const std::string origin = header(request, "origin"), host = header(request, "host");
  return origin.empty() || host.empty() || origin.ends_with("://" + host);
}

}  // namespace spillway::api
