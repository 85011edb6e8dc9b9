#include "operator/runtime/leader_elector.hpp"

#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>

#include "operator/kube/lease.hpp"
#include "operator/kube/request.hpp"
#include "operator/kube/timestamp.hpp"

namespace spillway::runtime {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kUntilIdle{10};  ///< between two looks whether work has ended

std::string text(milliseconds duration) { return std::to_string(duration.count()) + " ms"; }

int whole_seconds(milliseconds duration) {
  return std::max(1, static_cast<int>(std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

}  // namespace

Status check(const LeaderElectionOptions& options) {
  if (options.identity.empty()) return Error{ErrorKind::kInvalid, "leader election: identity is not set"};
  if (options.retry_period.count() <= 0) return Error{ErrorKind::kInvalid, "leader election: retry period: want more than 0"};
  if (options.renew_deadline <= options.retry_period)
    return Error{ErrorKind::kInvalid, "leader election: renew deadline " + text(options.renew_deadline) +
                                          ": want more than the retry period " + text(options.retry_period)};
  if (options.lease_duration <= options.renew_deadline)
    return Error{ErrorKind::kInvalid, "leader election: lease duration " + text(options.lease_duration) +
                                          ": want more than the renew deadline " + text(options.renew_deadline)};
  return Ok{};
}

/// One request at a time: an attempt reads the Lease, writes it if it may, and plans the next attempt. All of it in tasks on
/// the scheduler's thread, under one mutex.
class LeaderElector::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, LeaderElectionOptions options)
      : rest_(rest),
        clock_(clock),
        scheduler_(scheduler),
        options_(std::move(options)),
        key_{options_.ns, options_.name},
        random_(options_.seed),
        wanted_(options_.wanted) {}

  void start() {
    std::lock_guard lock(mutex_);
    plan_attempt(milliseconds(0));
  }

  void want(bool wanted) {
    std::unique_lock lock(mutex_);
    if (phase_ != Phase::kRunning || wanted == wanted_) return;
    wanted_ = wanted;
    if (wanted) {
      releasing_ = false;
    } else {
      give_up();
    }
    plan_attempt(milliseconds(0));
    tell(lock);
  }

  void nudge() {
    std::lock_guard lock(mutex_);
    if (phase_ == Phase::kRunning && wanted_ && !leading_) plan_attempt(milliseconds(0));
  }

  void stop(milliseconds limit) {
    std::unique_lock lock(mutex_);
    if (phase_ == Phase::kRunning) {
      phase_ = Phase::kStopping;
      wanted_ = false;
      give_up();
      tell(lock);
      lock.lock();
      plan_attempt(milliseconds(0));
    }
    stopped_.wait_for(lock, limit, [this] { return phase_ == Phase::kStopped; });
    phase_ = Phase::kStopped;
  }

  bool leading() const {
    std::lock_guard lock(mutex_);
    return leading_ && clock_.monotonic() < renewed_at_ + options_.renew_deadline;
  }

  std::string leading_since() const {
    std::lock_guard lock(mutex_);
    return leading_ ? since_ : std::string();
  }

  std::string leader() const {
    std::lock_guard lock(mutex_);
    return seen_ ? seen_->holder : std::string();
  }

  std::string leader_address() const {
    std::lock_guard lock(mutex_);
    const bool held = seen_ && !seen_->holder.empty() && seen_->holder != options_.identity && time_left().count() > 0;
    return held ? seen_->address : std::string();
  }

 private:
  enum class Phase { kRunning, kStopping, kStopped };

  // --- time ---

  /// Until what was seen of the Lease counts no more. Others' clocks do not count.
  io::MonotonicTime::duration time_left() const {
    return seen_at_ + std::chrono::seconds(seen_->duration_seconds) - clock_.monotonic();
  }

  void plan_attempt(milliseconds wait) {
    scheduler_.cancel(planned_);
    planned_ = scheduler_.run_at(clock_.monotonic() + wait, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->attempt();
    });
  }

  /// Counted from when the last one was sent: a slow server must not use up the deadline twice.
  void plan_renewal() {
    const auto due = renewed_at_ + std::min(options_.renew_deadline / 2, 2 * options_.retry_period);
    plan_attempt(std::chrono::ceil<milliseconds>(std::max(due - clock_.monotonic(), io::MonotonicTime::duration::zero())));
  }

  void plan_retry(milliseconds at_most = milliseconds::max()) {
    // Candidates spread out.
    const double spread = std::uniform_real_distribution<double>(1.0, 1.2)(random_);
    plan_attempt(std::min(milliseconds(static_cast<std::int64_t>(static_cast<double>(options_.retry_period.count()) * spread)), at_most));
  }

  void plan_expiry() {
    scheduler_.run_at(renewed_at_ + options_.renew_deadline, [weak = weak_from_this()] {
      if (auto self = weak.lock()) self->check_expiry();
    });
  }

  void check_expiry() {
    std::unique_lock lock(mutex_);
    if (leading_ && clock_.monotonic() >= renewed_at_ + options_.renew_deadline) end_leading();
    tell(lock);
  }

  // --- requests ---

  void attempt() {
    std::unique_lock lock(mutex_);
    if (in_flight_ || phase_ == Phase::kStopped) return;  // the answer plans the next one
    if (!wanted_) {
      release();
    } else if (leading_ && !body_.empty()) {
      write_mine();
    } else {
      send(kube::get_request(kube::kLeases, key_), [this](const Result<std::string>& body) { on_read(body); });
    }
    tell(lock);
  }

  /// The answer is handled on the scheduler's thread, with the mutex held.
  template <typename OnAnswer>
  void send(kube::ApiRequest request, OnAnswer on_answer) {
    request.timeout = options_.renew_deadline / 2;
    in_flight_ = true;
    rest_.send(std::move(request), [self = shared_from_this(), on_answer](Result<std::string> body) {
      self->scheduler_.run([self, on_answer, body = std::move(body)] {
        std::unique_lock lock(self->mutex_);
        if (self->phase_ == Phase::kStopped) return;
        self->in_flight_ = false;
        on_answer(body);
        if (!self->wanted_) self->plan_attempt(milliseconds(0));
        self->tell(lock);
      });
    });
  }

  void on_read(const Result<std::string>& body) {
    if (!wanted_) return;
    if (!body && body.error().kind == ErrorKind::kNotFound) return create();
    if (!body || !look_at(*body)) return plan_retry();
    const auto left = time_left();
    if (seen_->holder == options_.identity || seen_->holder.empty() || left.count() <= 0) return write_mine();
    if (leading_) end_leading();  // somebody else has it
    plan_retry(std::chrono::ceil<milliseconds>(left));
  }

  /// Remembers what the server says and, if it is news, since when: other processes' clocks do not count.
  bool look_at(const std::string& body) {
    auto record = kube::parse_lease(body);
    if (!record) return false;
    if (!seen_ || *seen_ != *record) {
      if (!seen_ || seen_->holder != record->holder) news_ = record->holder;
      seen_ = std::move(*record);
      seen_at_ = clock_.monotonic();
    }
    body_ = body;
    return true;
  }

  void create() {
    kube::LeaseRecord record = mine(0);
    record.acquire_time = record.renew_time;
    write(kube::create_request(kube::kLeases, key_.ns, kube::make_lease(key_, record)));
  }

  /// Takes or renews the Lease, if it still is as it was seen.
  void write_mine() {
    const bool was_mine = seen_->holder == options_.identity;
    kube::LeaseRecord record = mine(seen_->transitions + (was_mine ? 0 : 1));
    record.acquire_time = was_mine ? seen_->acquire_time : record.renew_time;
    record.resource_version = seen_->resource_version;
    write(kube::update_request(kube::kLeases, key_, kube::replace_lease(body_, record)));
  }

  kube::LeaseRecord mine(int transitions) const {
    return {options_.identity, whole_seconds(options_.lease_duration), {}, kube::format_micro_time(clock_.wall()), transitions, {},
            options_.address ? options_.address() : std::string()};
  }

  void write(kube::ApiRequest request) {
    // Counted from before the request: the server cannot have written it earlier.
    send(std::move(request), [this, sent = clock_.monotonic()](const Result<std::string>& body) { on_written(body, sent); });
  }

  void on_written(const Result<std::string>& body, io::MonotonicTime sent) {
    if (!body || !look_at(*body) || seen_->holder != options_.identity) {
      body_.clear();  // somebody else wrote, or nobody knows: read first the next time
      return plan_retry();
    }
    const bool was_late = sent >= renewed_at_ + options_.renew_deadline;
    renewed_at_ = sent;
    if (!wanted_) {
      releasing_ = true;
      return;
    }
    if (leading_ && was_late) {  // for a while it was not ours for sure: that ends before it begins again
      end_leading();
      return plan_attempt(milliseconds(0));
    }
    plan_expiry();
    plan_renewal();
    if (std::exchange(leading_, true)) return;
    since_ = seen_->renew_time;
    started_ = true;
  }

  // --- giving up ---

  void give_up() {
    if (!leading_) return;
    releasing_ = true;
    end_leading();  // before the server knows: from here on nothing may be written
  }

  /// One step on the way to a Lease that is no longer ours, or to the end.
  void release() {
    const bool expired = clock_.monotonic() >= renewed_at_ + options_.lease_duration;
    if (!releasing_ || expired || body_.empty()) {
      releasing_ = false;
      if (phase_ == Phase::kStopping) finish();
      return;
    }
    if (options_.idle && !options_.idle()) return plan_attempt(kUntilIdle);
    kube::LeaseRecord record = mine(seen_->transitions);
    record.holder.clear();
    record.address.clear();
    record.duration_seconds = 1;
    record.acquire_time = record.renew_time;
    record.resource_version = seen_->resource_version;
    releasing_ = false;
    send(kube::update_request(kube::kLeases, key_, kube::replace_lease(body_, record)), [this](const Result<std::string>& body) {
      if (body) look_at(*body);
      if (phase_ == Phase::kStopping) finish();
    });
  }

  void finish() {
    phase_ = Phase::kStopped;
    stopped_.notify_all();
  }

  void end_leading() {
    leading_ = false;
    ended_ = true;
  }

  /// Callbacks run without the mutex, so that they may ask and stop.
  void tell(std::unique_lock<std::mutex>& lock) {
    const bool ended = std::exchange(ended_, false);
    const bool started = std::exchange(started_, false);
    const auto leader = std::exchange(news_, std::nullopt);
    lock.unlock();
    if (ended && options_.on_stopped_leading) options_.on_stopped_leading();
    if (leader && options_.on_new_leader) options_.on_new_leader(*leader);
    if (started && options_.on_started_leading) options_.on_started_leading();
  }

  kube::RestClient& rest_;
  const io::Clock& clock_;
  io::Scheduler& scheduler_;
  const LeaderElectionOptions options_;
  const kube::ObjectKey key_;

  mutable std::mutex mutex_;
  std::condition_variable stopped_;
  std::mt19937_64 random_;
  Phase phase_ = Phase::kRunning;
  bool wanted_;
  bool releasing_ = false;  ///< given up, and the server does not know yet
  bool in_flight_ = false;
  bool leading_ = false;
  io::Scheduler::TaskId planned_ = 0;
  io::MonotonicTime renewed_at_{};
  std::string since_;
  std::optional<kube::LeaseRecord> seen_;
  io::MonotonicTime seen_at_{};
  std::string body_;  ///< the Lease as last read or written; empty = must be read

  // What callbacks are owed.
  bool started_ = false;
  bool ended_ = false;
  std::optional<std::string> news_;
};

LeaderElector::LeaderElector(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler,
                             LeaderElectionOptions options)
    : core_(std::make_shared<Core>(rest, clock, scheduler, std::move(options))) {}

LeaderElector::~LeaderElector() { stop(); }
void LeaderElector::start() { core_->start(); }
void LeaderElector::stop(milliseconds limit) { core_->stop(limit); }
void LeaderElector::want(bool wanted) { core_->want(wanted); }
void LeaderElector::nudge() { core_->nudge(); }
std::string LeaderElector::leading_since() const { return core_->leading_since(); }
bool LeaderElector::leading() const { return core_->leading(); }
std::string LeaderElector::leader() const { return core_->leader(); }
std::string LeaderElector::leader_address() const { return core_->leader_address(); }

}  // namespace spillway::runtime
