#include "operator/kube/rest_client.hpp"

#include <condition_variable>
#include <mutex>

#include "operator/kube/rate_limiter.hpp"
#include "operator/kube/status_decoder.hpp"

namespace spillway::kube {
namespace {

constexpr int kMostRepeats = 2;
constexpr std::size_t kLongestErrorBody = 65536;

using std::chrono::milliseconds;

double seconds_between(io::MonotonicTime from, io::MonotonicTime to) {
  return std::chrono::duration<double>(to - from).count();
}

bool is_success(int status) { return status >= 200 && status < 300; }

Error error_of(const io::HttpResponse& response, std::string_view body) {
  return decode_status(response.status, body, response.header("retry-after"));
}

Error closed_error() { return {ErrorKind::kTransient, "the client is closed"}; }

}  // namespace

class RestClient::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(ClientConfig config, const io::Clock& clock, io::Scheduler& scheduler, io::Transport& transport,
       RestClientOptions options)
      : config_(std::move(config)),
        clock_(clock),
        scheduler_(scheduler),
        transport_(transport),
        options_(std::move(options)),
        bucket_(options_.requests_per_second, options_.burst) {}

  const ClientConfig& config() const { return config_; }

  void close() {
    std::lock_guard lock(mutex_);
    closed_ = true;
  }

  // --- unary ---

  struct Exchange {
    ApiRequest request;
    Done done;
    int repeats = 0;
    bool reloaded = false;
    double throttled_seconds = 0.0;
    io::MonotonicTime sent{};
  };
  using ExchangePointer = std::shared_ptr<Exchange>;

  void send(ApiRequest request, Done done) {
    auto exchange = std::make_shared<Exchange>(Exchange{std::move(request), std::move(done)});
    const auto wait = reserve();
    exchange->throttled_seconds = std::chrono::duration<double>(wait).count();
    after(wait, [self = shared_from_this(), exchange] { self->dispatch(exchange); });
  }

  void dispatch(const ExchangePointer& exchange) {
    auto http = prepare(exchange->request);
    if (!http) return exchange->done(http.error());
    exchange->sent = clock_.monotonic();
    const bool sent = while_open([&] {
      transport_.send(std::move(*http), [self = shared_from_this(), exchange](Result<io::HttpResponse> answer) {
        self->answered(exchange, std::move(answer));
      });
    });
    if (!sent) exchange->done(closed_error());
  }

  void answered(const ExchangePointer& exchange, Result<io::HttpResponse> answer) {
    observe(exchange->request.method, answer ? answer->status : 0, exchange->sent, exchange->throttled_seconds);
    if (!answer) return exchange->done(answer.error());
    if (is_success(answer->status)) return exchange->done(std::move(answer->body));
    Error error = error_of(*answer, answer->body);
    if (error.kind == ErrorKind::kUnauthorized && !exchange->reloaded) {
      exchange->reloaded = true;
      config_.credentials->invalidate();
      return repeat(exchange, milliseconds(0));
    }
    const milliseconds asked(static_cast<std::int64_t>(error.retry_after_seconds.value_or(0.0) * 1000));
    const bool may_repeat = exchange->request.is_read() && exchange->repeats < kMostRepeats;
    if (error.kind == ErrorKind::kThrottled && may_repeat && asked <= options_.longest_retry_after) {
      ++exchange->repeats;
      return repeat(exchange, asked);
    }
    exchange->done(std::move(error));
  }

  // --- streams ---

  class WatchStream;

  // --- shared ---

  Result<io::HttpRequest> prepare(const ApiRequest& request) {
    auto credential = config_.credentials->current();
    if (!credential) return credential.error();
    io::HttpRequest http;
    http.method = request.method;
    http.url = config_.server + request.path;
    http.body = request.body;
    http.timeout = request.timeout;
    http.pool = options_.pool;
    http.tls = tls_for(*credential);
    http.headers = {{"Accept", "application/json"}, {"User-Agent", options_.user_agent}};
    if (!request.content_type.empty()) http.headers.emplace_back("Content-Type", request.content_type);
    if (!credential->token.empty()) http.headers.emplace_back("Authorization", "Bearer " + credential->token);
    return http;
  }

  /// False, and nothing done, once the client is closed: the transport may be gone then.
  template <typename Action>
  bool while_open(Action action) {
    std::lock_guard lock(mutex_);
    if (closed_) return false;
    action();
    return true;
  }

  io::MonotonicTime::duration reserve() {
    std::lock_guard lock(mutex_);
    return bucket_.reserve(clock_.monotonic());
  }

  /// Without a wait on the calling thread, else on the scheduler's.
  void after(io::MonotonicTime::duration wait, std::function<void()> task) {
    if (wait.count() <= 0) return task();
    scheduler_.run_at(clock_.monotonic() + wait, std::move(task));
  }

  void observe(std::string_view verb, int status, io::MonotonicTime sent, double throttled_seconds) const {
    if (options_.on_request)
      options_.on_request({verb, status, seconds_between(sent, clock_.monotonic()), throttled_seconds});
  }

  const io::Clock& clock() const { return clock_; }
  io::Transport& transport() { return transport_; }

 private:
  /// Always by the scheduler: reading credentials again does not belong on the I/O thread.
  void repeat(const ExchangePointer& exchange, milliseconds wait) {
    scheduler_.run_at(clock_.monotonic() + wait, [self = shared_from_this(), exchange] { self->dispatch(exchange); });
  }

  std::shared_ptr<const io::TlsOptions> tls_for(const Credential& credential) {
    std::lock_guard lock(mutex_);
    if (!tls_ || tls_->client_cert_pem != credential.client_cert_pem || tls_->client_key_pem != credential.client_key_pem)
      tls_ = std::make_shared<io::TlsOptions>(
          io::TlsOptions{config_.ca_pem, credential.client_cert_pem, credential.client_key_pem});
    return tls_;
  }

  const ClientConfig config_;
  const io::Clock& clock_;
  io::Scheduler& scheduler_;
  io::Transport& transport_;
  const RestClientOptions options_;
  std::mutex mutex_;
  TokenBucket bucket_;
  std::shared_ptr<const io::TlsOptions> tls_;
  bool closed_ = false;
};

/// One stream: knows whether it was cancelled before it began, and collects the body of an answer that is no 200.
class RestClient::Core::WatchStream final : public Stream, public std::enable_shared_from_this<WatchStream> {
 public:
  WatchStream(std::shared_ptr<Core> core, StreamHandler handler) : core_(std::move(core)), handler_(std::move(handler)) {}

  void open(const ApiRequest& request, milliseconds idle_timeout) {
    auto http = core_->prepare(request);
    if (!http) return handler_.ended(http.error());
    http->idle_timeout = idle_timeout;
    sent_ = core_->clock().monotonic();
    std::unique_lock lock(mutex_);
    const bool opened = !cancelled_ && core_->while_open([&] {
      id_ = core_->transport().stream(std::move(*http), {
          [self = shared_from_this()](const io::HttpResponse& head) { self->on_headers(head); },
          [self = shared_from_this()](std::string_view piece) { self->on_data(piece); },
          [self = shared_from_this()](Result<io::HttpResponse> end) { self->on_end(std::move(end)); }});
    });
    lock.unlock();
    if (!opened) handler_.ended(closed_error());
  }

  void cancel() override {
    std::lock_guard lock(mutex_);
    if (!std::exchange(cancelled_, true) && id_ != 0) core_->while_open([this] { core_->transport().cancel(id_); });
  }

 private:
  void on_headers(const io::HttpResponse& head) {
    status_ = head.status;
    core_->observe("WATCH", status_, sent_, 0.0);
    if (is_success(status_)) handler_.opened();
  }

  void on_data(std::string_view piece) {
    if (is_success(status_)) return handler_.data(piece);
    error_body_.append(piece.substr(0, kLongestErrorBody - std::min(kLongestErrorBody, error_body_.size())));
  }

  void on_end(Result<io::HttpResponse> end) {
    if (!end) {
      if (status_ == 0) core_->observe("WATCH", 0, sent_, 0.0);
      return handler_.ended(end.error());
    }
    if (is_success(end->status)) return handler_.ended(Ok{});
    Error error = error_of(*end, error_body_);
    if (error.kind == ErrorKind::kUnauthorized) core_->config().credentials->invalidate();
    handler_.ended(std::move(error));
  }

  std::shared_ptr<Core> core_;
  StreamHandler handler_;
  std::mutex mutex_;
  bool cancelled_ = false;
  io::Transport::RequestId id_ = 0;
  io::MonotonicTime sent_{};
  int status_ = 0;
  std::string error_body_;
};

RestClient::RestClient(ClientConfig config, const io::Clock& clock, io::Scheduler& scheduler, io::Transport& transport,
                       RestClientOptions options)
    : core_(std::make_shared<Core>(std::move(config), clock, scheduler, transport, std::move(options))) {}

RestClient::~RestClient() { core_->close(); }

void RestClient::send(ApiRequest request, Done done) { core_->send(std::move(request), std::move(done)); }

Result<std::string> RestClient::call(ApiRequest request) {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Result<std::string>> answer;
  send(std::move(request), [&](Result<std::string> body) {
    std::lock_guard lock(mutex);  // notified under it: afterwards these locals may be gone
    answer.emplace(std::move(body));
    answered.notify_one();
  });
  std::unique_lock lock(mutex);
  answered.wait(lock, [&] { return answer.has_value(); });
  return std::move(*answer);
}

std::shared_ptr<RestClient::Stream> RestClient::stream(ApiRequest request, milliseconds idle_timeout, StreamHandler handler) {
  auto stream = std::make_shared<Core::WatchStream>(core_, std::move(handler));
  core_->after(core_->reserve(), [stream, request = std::move(request), idle_timeout] { stream->open(request, idle_timeout); });
  return stream;
}

const std::string& RestClient::default_namespace() const { return core_->config().default_namespace; }

}  // namespace spillway::kube
