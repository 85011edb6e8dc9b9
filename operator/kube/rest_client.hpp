#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "model/base/result.hpp"
#include "operator/io/clock.hpp"
#include "operator/io/scheduler.hpp"
#include "operator/io/transport.hpp"
#include "operator/kube/config.hpp"
#include "operator/kube/request.hpp"

namespace spillway::kube {

/// One finished request, for rest_client_requests_total and the latency histogram.
struct RequestSample {
  std::string_view verb;  ///< the HTTP method, or "WATCH"
  int status = 0;         ///< 0: no answer (kind says why)
  double seconds = 0.0;   ///< without waiting for the rate limit
  double throttled_seconds = 0.0;  ///< spent waiting for the rate limit
};

struct RestClientOptions {
  std::string user_agent = "spillway";
  std::string pool = "default";    ///< of connections; the Lease has its own
  double requests_per_second = 50.0;  ///< client-side rate limit; 0 = none
  double burst = 100.0;
  /// Reads answered by 429 or 503 with a Retry-After up to this long are sent again after it, twice at most. Writes never
  /// are: they come back as kThrottled, and the controller observes and decides again.
  std::chrono::milliseconds longest_retry_after{10000};
  std::function<void(const RequestSample&)> on_request;  ///< any thread; may be empty
};

/// Sends requests to one API server: base URL, credentials (401 reloads them and sends once more), User-Agent, rate limit,
/// Retry-After. Answers are the bodies of 2xx; everything else is an Error made by decode_status(). Thread-safe.
/// Clock, scheduler and transport must outlive it. Requests that are under way at its end still report.
class RestClient {
 public:
  RestClient(ClientConfig config, const io::Clock& clock, io::Scheduler& scheduler, io::Transport& transport,
             RestClientOptions options = {});
  ~RestClient();
  RestClient(const RestClient&) = delete;
  RestClient& operator=(const RestClient&) = delete;

  using Done = std::function<void(Result<std::string> body)>;
  /// `done` is called exactly once, on the transport's or the scheduler's thread: keep it short. May read a credential file
  /// on the calling thread, so it is not for the transport's own.
  void send(ApiRequest request, Done done);
  /// Sends and waits. Never from the transport's or the scheduler's thread.
  Result<std::string> call(ApiRequest request);

  /// Opens a watch. `opened` runs when the server has answered 200; data in pieces; `ended` once, without an Error when the
  /// server closed the stream in good order. All on the transport's or the scheduler's thread.
  struct StreamHandler {
    std::function<void()> opened;
    std::function<void(std::string_view)> data;
    std::function<void(Status)> ended;
  };
  /// Dropping the handle leaves the stream open; cancelled, it still ends with `ended`.
  class Stream {
   public:
    virtual ~Stream() = default;
    virtual void cancel() = 0;
  };
  std::shared_ptr<Stream> stream(ApiRequest request, std::chrono::milliseconds idle_timeout, StreamHandler handler);

  const std::string& default_namespace() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace spillway::kube
