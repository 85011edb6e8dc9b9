#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/base/result.hpp"

namespace spillway::io {

using Header = std::pair<std::string, std::string>;

/// How a connection proves who both sides are. Shared by all requests to one server. Verification of the server is always on.
struct TlsOptions {
  std::string ca_pem;           ///< empty = the system's trust store
  std::string client_cert_pem;  ///< empty = no client certificate
  std::string client_key_pem;
};

struct HttpRequest {
  std::string method = "GET";
  std::string url;
  std::vector<Header> headers;
  std::string body;
  std::chrono::milliseconds connect_timeout{5000};
  std::chrono::milliseconds timeout{10000};       ///< the whole exchange; 0 = none (streams)
  std::chrono::milliseconds idle_timeout{0};      ///< streams: give up when no byte arrives for this long; 0 = none
  std::size_t max_body_bytes = 64u << 20;         ///< more than this is an error, not memory
  std::shared_ptr<const TlsOptions> tls;          ///< null for plain http or the system's defaults
  /// Requests with the same name share connections; a name of its own (the Lease's) keeps a connection apart from the pool.
  std::string pool = "default";
};

struct HttpResponse {
  int status = 0;
  std::vector<Header> headers;  ///< names in lower case
  std::string body;             ///< empty for streams

  /// The first header of that (lower-case) name, or nullptr.
  const std::string* header(std::string_view name) const;
};

/// Receives a streamed response. All calls come from the transport's own thread, in order; keep them short.
struct StreamHandler {
  std::function<void(const HttpResponse&)> on_headers;   ///< once; body empty
  std::function<void(std::string_view)> on_data;         ///< pieces of the body as they arrive
  std::function<void(Result<HttpResponse>)> on_end;      ///< once, last; an Error if the stream broke
};

/// Outbound HTTP. One real implementation (curl_transport.hpp, libcurl's multi interface on one I/O thread); a simulated world
/// may put another in its place. Thread-safe. Errors cover only what happened below HTTP (kTransient, kTimeout, kInvalid URL);
/// any status code is a response.
class Transport {
 public:
  using RequestId = std::uint64_t;
  virtual ~Transport() = default;

  /// Starts a request; `on_done` is called exactly once from the transport's thread, also after cancel().
  virtual RequestId send(HttpRequest request, std::function<void(Result<HttpResponse>)> on_done) = 0;
  /// Starts a request whose body is handed over piece by piece (watches, server-sent events).
  virtual RequestId stream(HttpRequest request, StreamHandler handler) = 0;
  /// Ends a request early; its end call reports kTransient "cancelled". Unknown ids are ignored.
  virtual void cancel(RequestId id) = 0;

  /// Sends and waits. Never call it from the transport's own thread.
  Result<HttpResponse> call(HttpRequest request);
  /// Sends all at once and waits for all; answers stand in the order of the requests.
  std::vector<Result<HttpResponse>> call_all(std::vector<HttpRequest> requests);
};

}  // namespace spillway::io
