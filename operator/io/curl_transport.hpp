#pragma once
#include <map>
#include <memory>
#include <string>

#include "operator/io/transport.hpp"

namespace spillway::io {

/// Limits of one named pool of connections. Streams count too: give a server that is watched no limit.
struct PoolLimits {
  long max_connections_per_host = 0;  ///< further requests wait for a free connection; 0 = no limit
  long max_idle_connections = 64;     ///< kept open for reuse
};

struct CurlTransportOptions {
  std::map<std::string, PoolLimits> pools;  ///< by name; a pool that is not listed gets the defaults
};

/// The real Transport: libcurl on one I/O thread. Each pool is a multi handle of its own, so pools share no connection and no
/// limit; one epoll drives them all, so the cost of an event does not grow with the number of requests in flight.
/// HTTP/1.1, TLS verified always. Proxies come from the environment, except for loopback hosts. Error texts hold method, host
/// and reason, never paths, headers or bodies. The destructor ends what is still open with kTransient.
class CurlTransport final : public Transport {
 public:
  explicit CurlTransport(CurlTransportOptions options = {});
  ~CurlTransport() override;
  CurlTransport(const CurlTransport&) = delete;
  CurlTransport& operator=(const CurlTransport&) = delete;

  RequestId send(HttpRequest request, std::function<void(Result<HttpResponse>)> on_done) override;
  RequestId stream(HttpRequest request, StreamHandler handler) override;
  void cancel(RequestId id) override;

 private:
  class Loop;
  std::unique_ptr<Loop> loop_;
};

}  // namespace spillway::io
