#pragma once
#include <string>

#include "operator/http/routes.hpp"

namespace spillway::api {

/// The subprotocol of our messages.
inline constexpr const char* kSubprotocol = "spillway.v1";

/// What a WebSocket handshake says besides the path. A browser cannot set the Authorization header there, so a token may come as the
/// subprotocol base64url.bearer.authorization.k8s.io.<token in base64url>, as the Kubernetes API server takes it.
struct Handshake {
  std::string token;
  std::string last_id;
  bool speaks_ours = false;  ///< offers kSubprotocol
};
Handshake read_handshake(const http::Request& request);

/// False if a browser says that a page of another site asks.
bool is_same_site(const http::Request& request);

}  // namespace spillway::api
