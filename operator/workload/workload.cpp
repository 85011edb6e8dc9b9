#include "operator/workload/workload.hpp"

#include <signal.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <exception>
#include <optional>

#include "model/base/text.hpp"
#include "operator/telemetry/log.hpp"
#include "operator/workload/service.hpp"

namespace spillway::workload {
namespace {

namespace asio = boost::asio;
using Code = boost::system::error_code;
using telemetry::log_error;
using telemetry::log_info;
using telemetry::log_warn;

std::optional<std::string> defect_of(const WorkloadOptions& options) {
  if (options.workers < 1 || options.workers > 1024)
    return text("workers: ", options.workers, " is not allowed: 1 to 1024");
  if (options.queue_limit < 0 || options.queue_limit > 100000) {
    return text("queue limit: ", options.queue_limit, " is not allowed: 0 to 100000");
  }
  constexpr std::chrono::hours kLongest{1};
  for (const auto delay : {options.startup_delay, options.drain_delay, options.drain_timeout}) {
    if (delay.count() < 0 || delay > kLongest)
      return text("delay: ", static_cast<double>(delay.count()), " ms is not allowed: 0 to 1 h");
  }
  if (const auto status = validate(options.work); !status) return status.error().message;
  return std::nullopt;
}

/// The process around the service: listens, and on SIGTERM goes through not ready -> no new connections -> end.
class Process {
 public:
  explicit Process(const WorkloadOptions& options)
      : options_(options),
        service_(io_, options),
        signals_(io_, SIGTERM, SIGINT),
        timer_(io_),
        server_(io_, options.address, options.port,
                [this](std::shared_ptr<Exchange> e) { service_.handle(std::move(e)); }) {}

  int run() {
    log_info("workload listens",
             {{"address", options_.address}, {"port", server_.port()}, {"workers", options_.workers}});
    if (options_.on_listening) options_.on_listening(server_.port());
    await_signal([this] { begin_drain(); });
    io_.run();
    return exit_code_;
  }

 private:
  void await_signal(std::function<void()> then) {
    signals_.async_wait([then = std::move(then)](const Code& code, int) {
      if (!code) then();
    });
  }

  void after(std::chrono::milliseconds delay, std::function<void()> then) {
    timer_.expires_after(delay);
    timer_.async_wait([then = std::move(then)](const Code& code) {
      if (!code) then();
    });
  }

  void begin_drain() {
    log_info("workload drains", {{"delayMs", options_.drain_delay.count()}});
    service_.start_draining();
    server_.close_after_answers();
    await_signal([this] { give_up("a second signal"); });
    after(options_.drain_delay, [this] { stop_accepting(); });
  }

  void stop_accepting() {
    after(options_.drain_timeout, [this] { give_up("the drain time-out"); });
    server_.stop([this] { io_.stop(); });
  }

  void give_up(const char* why) {
    log_warn("workload cuts off requests", {{"because", why}});
    exit_code_ = 1;
    io_.stop();
  }

  WorkloadOptions options_;
  asio::io_context io_{1};
  Service service_;
  asio::signal_set signals_;
  asio::steady_timer timer_;
  HttpServer server_;
  int exit_code_ = 0;
};

}  // namespace

int run_workload(const WorkloadOptions& options) {
  if (const auto defect = defect_of(options)) {
    log_error("workload has a bad option", {{"defect", *defect}});
    return 2;
  }
  try {
    return Process(options).run();
  } catch (const std::exception& error) {
    log_error("workload cannot listen",
              {{"address", options.address}, {"port", options.port}, {"error", error.what()}});
    return 1;
  }
}

}  // namespace spillway::workload
