#pragma once
#include <cstdint>
#include <memory>
#include <string>

#include "model/base/result.hpp"
#include "operator/http/gate.hpp"
#include "operator/http/routes.hpp"

namespace spillway::http {

/// Sets the number of threads that read requests and send answers for all servers of this process (the library's default is
/// 40). Call it once, before the first server; afterwards it has no effect.
void use_threads(int threads);

struct ServerOptions {
  std::string address = ":8080";     ///< "host:port", ":port" for all addresses; port 0 = any free one
  std::optional<TlsFiles> tls = {};  ///< none: plain HTTP
  Limits limits = {};
  int workers = 4;                        ///< threads that run handlers
  int max_waiting = 64;                   ///< requests that wait for a worker; more get 503
  std::uint16_t web_socket_port = 0;      ///< on loopback, of the server that answers /ws; 0: none
  Elsewhere elsewhere = {};               ///< none: all is answered here
  std::shared_ptr<Authorizer> authorizer = {};  ///< none: only routes that are open to all answer
};

/// An HTTP/1.1 server: the gate, cpprestsdk behind it (the one place that knows it), and workers that run the handlers.
class Server {
 public:
  /// Starts listening. kInvalid for an address that cannot be read or bound; the message says which and why.
  static Result<std::unique_ptr<Server>> start(const ServerOptions& options, RouteTable routes);
  /// Stops listening and waits for the requests in hand.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  std::uint16_t port() const;

 private:
  struct State;
  explicit Server(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace spillway::http
