#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "operator/io/clock.hpp"
#include "operator/runtime/reconciler.hpp"

namespace spillway::runtime {

struct BackoffOptions {
  std::chrono::milliseconds first{100};
  std::chrono::milliseconds longest{60000};
};

/// Figures for workqueue_* metrics.
struct WorkQueueStats {
  std::size_t depth = 0;       ///< ready now
  std::size_t delayed = 0;
  std::size_t processing = 0;
  std::uint64_t adds_total = 0;
  std::uint64_t retries_total = 0;
};

/// A queue of keys. The same key is in it once, however often it was added, and never with two workers at once: added while
/// it is worked on, it comes again after that. Delayed adds keep the earliest time. Thread-safe.
class WorkQueue {
 public:
  explicit WorkQueue(const io::Clock& clock, BackoffOptions backoff = {});

  void add(const Request& key);
  void add_after(const Request& key, std::chrono::milliseconds delay);
  /// After a failure: the key's own back-off, doubled each time, and no sooner than `at_least`.
  void add_rate_limited(const Request& key, std::chrono::milliseconds at_least = {});
  /// After a success: the next failure starts from the first back-off.
  void forget(const Request& key);

  /// Waits for a key; nothing once the queue is shut down. Give it back with done(). Needs a clock that really runs.
  std::optional<Request> get();
  /// What is ready at this moment, without waiting: how a simulated world drives the queue.
  std::optional<Request> try_get();
  void done(const Request& key);
  /// When the next delayed key falls due, if any.
  std::optional<io::MonotonicTime> next_due() const;

  /// get() returns nothing from now on; adds are ignored.
  void shut_down();
  WorkQueueStats stats() const;

 private:
  void add_locked(const Request& key);
  void add_at_locked(const Request& key, io::MonotonicTime when);
  void promote_due_locked();
  std::optional<Request> take_locked();

  const io::Clock& clock_;
  const BackoffOptions backoff_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Request> ready_;
  std::set<Request> waiting_;     ///< in ready_, or to come again after processing
  std::set<Request> processing_;
  std::map<Request, io::MonotonicTime> due_;
  std::set<std::pair<io::MonotonicTime, Request>> by_time_;
  std::map<Request, int> failures_;
  WorkQueueStats totals_;
  bool shut_down_ = false;
};

}  // namespace spillway::runtime
