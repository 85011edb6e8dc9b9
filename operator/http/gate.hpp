#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/base/result.hpp"

namespace spillway::http {

/// PEM files that others may replace while we run (the kubelet and cert-manager do): read again within a few seconds. A new pair
/// that cannot be used is logged, and the old one stays.
struct TlsFiles {
  std::string cert_file;  ///< the chain, leaf first
  std::string key_file;
};

/// What a client may take.
struct Limits {
  std::size_t max_header_bytes = 16 * 1024;  ///< more gets 431
  std::size_t max_body_bytes = 64 * 1024;    ///< more gets 413 and the connection is closed
  int max_connections = 256;                 ///< more are closed at once
  std::chrono::milliseconds head{10000};     ///< to finish TLS and the first request's headers
  std::chrono::milliseconds request{30000};  ///< from a request's first byte to its last
  std::chrono::milliseconds idle{75000};     ///< without a byte in either direction
};

/// The gate of another process that should answer what is asked at `path`, as "ip:port"; empty: this one answers. Called on the gate's thread.
using Elsewhere = std::function<std::string(std::string_view path)>;

/// The front door: accepts connections, ends TLS (1.2 and later), keeps the limits on bytes and times, and passes what
/// remains on to a backend on loopback byte by byte, or to the gate of another process, with TLS if it has that itself: the other
/// must then show the very certificate that this one has. What was passed on once is not passed on again. cpprestsdk, which stands behind it, knows neither time limits nor a bound
/// on headers (docs/adr/0010). One thread.
class Gate {
 public:
  struct Options {
    std::string address;              ///< "host:port", ":port" for all addresses; port 0 = any free one
    std::optional<TlsFiles> tls;      ///< none: plain HTTP
    Limits limits;
    Elsewhere elsewhere;              ///< none: never
  };
  /// Binds. kInvalid for an address or TLS files that cannot be used; the message says which and why.
  static Result<std::unique_ptr<Gate>> open(Options options);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  std::uint16_t port() const;
  /// From now on connections are accepted, and passed on to 127.0.0.1:`backend_port`; those whose first request is for /ws to
  /// `web_socket_port`, if there is one.
  void start(std::uint16_t backend_port, std::uint16_t web_socket_port = 0);
  /// Accepts nothing more; connections under way go on until the gate is destroyed.
  void stop_accepting();

 private:
  class Impl;
  explicit Gate(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace spillway::http
