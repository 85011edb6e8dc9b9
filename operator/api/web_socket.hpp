#pragma once
#include <cstdint>
#include <memory>

#include "operator/api/backing.hpp"
#include "operator/api/hub.hpp"
#include "operator/http/authorizer.hpp"

namespace spillway::api {

/// /ws: the hub's events over a WebSocket (RFC 6455). cpprestsdk cannot do that, so this is a small server of its own by Boost.Beast, on a free
/// port of loopback, to which the gate passes connections that ask for /ws. It judges tokens itself. One thread, and one more that asks the
/// authorizer.
class WebSocketServer {
 public:
  /// kInvalid when there is no port. `backing` and `hub` outlive it.
  static Result<std::unique_ptr<WebSocketServer>> start(const Backing& backing, Hub& hub, std::shared_ptr<http::Authorizer> authorizer);
  ~WebSocketServer();
  WebSocketServer(const WebSocketServer&) = delete;
  WebSocketServer& operator=(const WebSocketServer&) = delete;

  std::uint16_t port() const;

 private:
  class Impl;
  explicit WebSocketServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace spillway::api
