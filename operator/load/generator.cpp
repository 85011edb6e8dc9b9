#include "operator/load/generator.hpp"

#include <condition_variable>
#include <mutex>

#include "operator/load/balancer.hpp"

namespace spillway::load {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
constexpr milliseconds kRest{1000};  // of an endpoint that refused a connection
constexpr milliseconds kProgressPeriod{1000};
constexpr milliseconds kLastAnswerGrace{5000};  // beyond the time-out that the transport keeps itself

struct TargetState {
  LoadTarget target;
  Balancer balancer;
  std::vector<Record> records;
  std::size_t outstanding = 0, ok = 0, ended = 0;
};

/// What the scheduling thread and the transport's callbacks share. Callbacks own it, so that a late one finds it alive.
struct State {
  std::mutex mutex;
  std::condition_variable_any changed;
  std::vector<TargetState> targets;
  bool closed = false;  // the records have been handed over

  std::size_t outstanding() const {
    std::size_t sum = 0;
    for (const auto& target : targets) sum += target.outstanding;
    return sum;
  }
};

std::uint32_t micros(io::MonotonicTime::duration duration) {
  const auto count = std::chrono::duration_cast<microseconds>(duration).count();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, std::numeric_limits<std::uint32_t>::max()));
}

std::int16_t outcome_of(const Result<io::HttpResponse>& response) {
  if (response) return static_cast<std::int16_t>(response->status);
  return response.error().kind == ErrorKind::kTimeout ? kTimedOut : kConnectionFailed;
}

class Generator {
 public:
  Generator(const LoadOptions& options, const std::vector<LoadTarget>& targets, io::Transport& transport,
            const io::Clock& clock, std::stop_token stop, const std::function<void(const Progress&)>& on_progress)
      : options_(options), transport_(transport), clock_(clock), stop_(std::move(stop)), on_progress_(on_progress) {
    const auto expected = static_cast<std::size_t>(expected_requests(options.plan).value() * 1.1) + 100;
    for (const auto& target : targets) {
      state_->targets.push_back({target});
      state_->targets.back().records.reserve(std::min(expected, options.max_requests));
    }
  }

  std::vector<TargetRecords> run() {
    wait_for_start();
    Schedule schedule(options_.plan, options_.arrivals, options_.seed);
    std::size_t count = 0;
    for (auto next = schedule.next(); next && count < options_.max_requests; next = schedule.next(), ++count) {
      const auto due = at(*next);
      if (!wait_until(due)) break;
      for (std::size_t i = 0; i < state_->targets.size(); ++i) send(i, *next, due);
    }
    wait_until(at(length(options_.plan)));
    wait_for_answers();
    return hand_over();
  }

 private:
  io::MonotonicTime at(Seconds since_start) const {
    return start_ +
           std::chrono::duration_cast<io::MonotonicTime::duration>(std::chrono::duration<double>(since_start.value()));
  }

  void wait_for_start() {
    start_ = next_progress_ = clock_.monotonic();
    if (!options_.start_at) return;
    start_ += std::chrono::duration_cast<io::MonotonicTime::duration>(*options_.start_at - clock_.wall());
    start_ = std::max(start_, clock_.monotonic());
    wait_until(start_);
  }

  /// Shows progress while it waits. False when the run was asked to stop.
  bool wait_until(io::MonotonicTime time) {
    std::unique_lock lock(state_->mutex);
    while (!stop_.stop_requested()) {
      const auto now = clock_.monotonic();
      if (now >= next_progress_) show_progress(lock, now);
      if (now >= time) return true;
      state_->changed.wait_until(lock, stop_, std::min(time, next_progress_), [] { return false; });
    }
    return false;
  }

  void wait_for_answers() {
    const auto limit = clock_.monotonic() + options_.timeout + kLastAnswerGrace;
    std::unique_lock lock(state_->mutex);
    while (!stop_.stop_requested() && state_->outstanding() > 0 && clock_.monotonic() < limit) {
      const auto now = clock_.monotonic();
      if (now >= next_progress_) show_progress(lock, now);
      state_->changed.wait_until(lock, stop_, std::min(limit, next_progress_),
                                 [&] { return state_->outstanding() == 0; });
    }
  }

  void show_progress(std::unique_lock<std::mutex>& lock, io::MonotonicTime now) {
    next_progress_ = now + kProgressPeriod;
    if (!on_progress_) return;
    Progress progress{Seconds(std::chrono::duration<double>(now - start_).count()), length(options_.plan), {}};
    for (const auto& t : state_->targets) {
      progress.targets.push_back(
          {t.target.name, t.records.size(), t.ok, t.ended - t.ok, t.outstanding, t.balancer.size()});
    }
    lock.unlock();
    on_progress_(progress);
    lock.lock();
  }

  void send(std::size_t index, Seconds scheduled, io::MonotonicTime due) {
    std::unique_lock lock(state_->mutex);
    TargetState& target = state_->targets[index];
    target.balancer.update(target.target.endpoints->endpoints());
    const auto now = clock_.monotonic();
    const auto slot = target.balancer.pick(now);
    Record record{scheduled.value(), 0, micros(now - due), kUnfinished,
                  static_cast<std::uint16_t>(target.balancer.size())};
    if (slot == nullptr || target.outstanding >= options_.max_outstanding) {
      record.outcome = slot == nullptr ? kNoEndpoint : kClientLimit;
      target.records.push_back(record);
      ++target.ended;
      return;
    }
    const std::size_t number = target.records.size();
    target.records.push_back(record);
    ++target.outstanding;
    ++slot->outstanding;
    io::HttpRequest request = request_for(slot->url + target.target.path, now - due);
    lock.unlock();
    transport_.send(std::move(request), [state = state_, index, number, slot, due,
                                         &clock = clock_](const Result<io::HttpResponse>& response) {
      finish(*state, index, number, *slot, due, clock.monotonic(), outcome_of(response));
    });
  }

  io::HttpRequest request_for(std::string url, io::MonotonicTime::duration lag) const {
    io::HttpRequest request;
    request.url = std::move(url);
    request.timeout = std::max(milliseconds(1), options_.timeout - std::chrono::duration_cast<milliseconds>(lag));
    request.connect_timeout = request.timeout;
    request.max_body_bytes = 2U << 20;
    request.pool = "load";
    return request;
  }

  static void finish(State& state, std::size_t index, std::size_t number, Slot& slot, io::MonotonicTime due,
                     io::MonotonicTime now, std::int16_t outcome) {
    const std::lock_guard lock(state.mutex);
    --slot.outstanding;
    if (outcome == kConnectionFailed) slot.resting_until = now + kRest;
    if (state.closed) return;
    TargetState& target = state.targets[index];
    target.records[number].latency_us = micros(now - due);
    target.records[number].outcome = outcome;
    --target.outstanding;
    ++target.ended;
    if (outcome >= 200 && outcome < 300) ++target.ok;
    if (state.outstanding() == 0) state.changed.notify_all();
  }

  std::vector<TargetRecords> hand_over() {
    const std::lock_guard lock(state_->mutex);
    state_->closed = true;
    std::vector<TargetRecords> all;
    for (auto& target : state_->targets) all.push_back({target.target.name, std::move(target.records)});
    return all;
  }

  const LoadOptions& options_;
  io::Transport& transport_;
  const io::Clock& clock_;
  std::stop_token stop_;
  const std::function<void(const Progress&)>& on_progress_;
  std::shared_ptr<State> state_ = std::make_shared<State>();
  io::MonotonicTime start_{};
  io::MonotonicTime next_progress_{};
};

}  // namespace

std::vector<TargetRecords> run_load(const LoadOptions& options, const std::vector<LoadTarget>& targets,
                                    io::Transport& transport, const io::Clock& clock, std::stop_token stop,
                                    const std::function<void(const Progress&)>& on_progress) {
  return Generator(options, targets, transport, clock, std::move(stop), on_progress).run();
}

}  // namespace spillway::load
