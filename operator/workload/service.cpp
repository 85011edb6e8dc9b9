#include "operator/workload/service.hpp"

#include <time.h>

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <thread>

#include "model/base/text.hpp"

namespace spillway::workload {
namespace {

namespace asio = boost::asio;
using Milliseconds = std::chrono::duration<double, std::milli>;
using std::chrono::steady_clock;

constexpr int kClientLeft = 499;  // nginx's word for it

double seconds(steady_clock::duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double thread_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

void burn_cpu(double cpu_seconds, const std::atomic<bool>& stop) {
  const double end = thread_cpu_seconds() + cpu_seconds;
  volatile double sink = 1.0;
  while (!stop && thread_cpu_seconds() < end) {
    for (int i = 0; i < 1000; ++i) sink = sink * 1.0000001;
  }
}

}  // namespace

struct Service::Request {
  std::shared_ptr<Exchange> exchange;
  std::string path;
  std::string query;
  WorkParameters work;
  Time arrived;
  Time started;
  Station::Ticket ticket = 0;
  double jitter_ms = 0.0;
  bool ended = false;
};

class Service::CpuPool {
 public:
  explicit CpuPool(std::size_t threads) : pool_(threads) {}
  ~CpuPool() {
    stop_ = true;
    pool_.stop();
    pool_.join();
  }
  /// Burns CPU on one of the threads; `done` runs there.
  void burn(double cpu_seconds, std::function<void()> done) {
    asio::post(pool_, [this, cpu_seconds, done = std::move(done)] {
      burn_cpu(cpu_seconds, stop_);
      done();
    });
  }

 private:
  asio::thread_pool pool_;
  std::atomic<bool> stop_ = false;
};

Service::Service(asio::io_context& io, const WorkloadOptions& options)
    : io_(io),
      defaults_(options.work),
      ready_at_(steady_clock::now() + options.startup_delay),
      station_(static_cast<std::size_t>(options.workers), static_cast<std::size_t>(options.queue_limit)),
      workers_(static_cast<std::size_t>(options.workers)),
      random_(options.seed != 0 ? options.seed : std::random_device{}()) {}

Service::~Service() = default;

void Service::handle(std::shared_ptr<Exchange> exchange) {
  auto request = std::make_shared<Request>();
  request->arrived = steady_clock::now();
  const Target target = split_target(exchange->target());
  request->path = target.path;
  request->query = target.query;
  request->exchange = std::move(exchange);
  route(request);
}

void Service::route(const std::shared_ptr<Request>& request) {
  const std::string& path = request->path;
  if (path != "/work" && path != "/healthz" && path != "/readyz" && path != "/metrics") {
    return refuse(request, 404, "not found; there are /work, /healthz, /readyz and /metrics", "not_found");
  }
  if (request->exchange->method() != "GET")
    return refuse(request, 405, "only GET is allowed here", "method_not_allowed");
  if (path == "/work") return work(request);
  if (path == "/healthz") return end(request, {200, "ok\n"});
  if (path == "/readyz") return end(request, readiness());
  end(request, {200, metrics_.text(), telemetry::MetricRegistry::kContentType});
}

Answer Service::readiness() const {
  if (draining_) return {503, "draining\n"};
  const double left = seconds(ready_at_ - steady_clock::now());
  if (left > 0.0) return {503, text("starting, ready in ", left, " s\n")};
  return {200, "ok\n"};
}

void Service::work(const std::shared_ptr<Request>& request) {
  metrics_.received();
  auto work = parse_work(request->query, defaults_);
  if (!work) return refuse(request, 400, work.error().message, "bad_request");
  request->work = std::move(*work);
  handover_ = request->arrived;
  const auto ticket = station_.enter([this, request] { serve(request); });
  if (!ticket) {
    return refuse(request, 503, text("queue full: ", station_.waiting(), " requests are waiting"), "queue_full");
  }
  request->ticket = *ticket;
  if (!request->ended)
    request->exchange->on_abandoned = [this, weak = std::weak_ptr(request)] {
      if (const auto alive = weak.lock()) abandoned(alive);
    };
  update_load();
}

void Service::serve(const std::shared_ptr<Request>& request) {
  request->started = std::max(handover_, request->arrived);
  if (request->work.jitter_ms > 0.0) {
    request->jitter_ms = std::uniform_real_distribution<double>(0.0, request->work.jitter_ms)(random_);
  }
  if (request->work.cpu_ms <= 0.0) return sleep(request, request->started);
  if (!cpu_)
    cpu_ =
        std::make_unique<CpuPool>(std::min<std::size_t>(workers_, std::max(1U, std::thread::hardware_concurrency())));
  cpu_->burn(request->work.cpu_ms / 1000.0,
             [this, request] { asio::post(io_, [this, request] { sleep(request, steady_clock::now()); }); });
}

void Service::sleep(const std::shared_ptr<Request>& request, Time from) {
  const auto duration = std::chrono::duration_cast<Duration>(Milliseconds(request->work.sleep_ms + request->jitter_ms));
  if (duration.count() == 0) return complete(request, from);
  auto timer = std::make_shared<asio::steady_timer>(io_, from + duration);
  timer->async_wait([this, request, timer, until = from + duration](const boost::system::error_code& code) {
    if (!code) complete(request, until);
  });
}

// `at` is when the work was due to end, not when a late timer noticed: the next request starts from there, so that a
// worker's capacity is what its service time says even on a busy machine.
void Service::complete(const std::shared_ptr<Request>& request, Time at) {
  metrics_.worked(request->work.cpu_ms / 1000.0, request->work.sleep_ms / 1000.0, request->jitter_ms / 1000.0);
  const bool fails = request->work.err_rate > 0.0 &&
                     std::uniform_real_distribution<double>(0.0, 1.0)(random_) < request->work.err_rate;
  if (fails) {
    refuse(request, 500, "injected error", "injected");
  } else if (request->work.payload_bytes > 0) {
    end(request, {200, std::string(request->work.payload_bytes, 'x'), "application/octet-stream"});
  } else {
    end(request, {200, text("ok", request->work.id.empty() ? "" : " ", request->work.id,
                            " waited_ms=", 1000.0 * seconds(request->started - request->arrived), " worked_ms=",
                            1000.0 * seconds(at - request->started), " left_waiting=", station_.waiting(), "\n")});
  }
  handover_ = at;
  station_.finish();
  update_load();
}

void Service::abandoned(const std::shared_ptr<Request>& request) {
  if (request->ended) return;
  request->ended = true;
  station_.leave(request->ticket);  // work that has begun goes on: its worker cannot be taken back
  metrics_.error(request->path, "client_left");
  metrics_.answered(request->exchange->method(), request->path, kClientLeft,
                    seconds(steady_clock::now() - request->arrived));
  update_load();
}

void Service::refuse(const std::shared_ptr<Request>& request, int status, const std::string& why,
                     std::string_view reason) {
  metrics_.error(request->path, reason);
  Answer answer{status, why + "\n"};
  if (status == 405) answer.headers.emplace_back("Allow", "GET");
  if (status == 503) answer.headers.emplace_back("Retry-After", "1");
  end(request, std::move(answer));
}

void Service::end(const std::shared_ptr<Request>& request, Answer answer) {
  if (std::exchange(request->ended, true)) return;
  metrics_.answered(request->exchange->method(), request->path, answer.status,
                    seconds(steady_clock::now() - request->arrived));
  request->exchange->answer(std::move(answer));
}

}  // namespace spillway::workload
