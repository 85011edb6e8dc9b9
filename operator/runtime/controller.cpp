#include "operator/runtime/controller.hpp"

namespace spillway::runtime {

Controller::Controller(Reconciler& reconciler, const io::Clock& clock, ControllerOptions options)
    : reconciler_(reconciler), clock_(clock), options_(std::move(options)), queue_(clock, options_.backoff) {}

Controller::~Controller() { stop(); }

void Controller::start() {
  for (int i = 0; i < options_.workers; ++i) workers_.emplace_back([this] { work(); });
}

void Controller::stop() {
  queue_.shut_down();
  for (auto& worker : workers_) worker.join();
  workers_.clear();
}

void Controller::work() {
  while (auto request = queue_.get()) process(*request);
}

bool Controller::run_one() {
  auto request = queue_.try_get();
  if (request) process(*request);
  return request.has_value();
}

void Controller::process(const Request& request) {
  const auto started = clock_.monotonic();
  const Result<Next> result = reconciler_.reconcile(request);
  if (!result) {
    const double asked = result.error().retry_after_seconds.value_or(0.0);
    queue_.add_rate_limited(request, std::chrono::milliseconds(static_cast<std::int64_t>(asked * 1000)));
  } else {
    queue_.forget(request);
    if (result->after) queue_.add_after(request, *result->after);
  }
  queue_.done(request);
  if (options_.on_reconcile) {
    const double seconds = std::chrono::duration<double>(clock_.monotonic() - started).count();
    options_.on_reconcile({options_.name, request, seconds, result});
  }
}

}  // namespace spillway::runtime
