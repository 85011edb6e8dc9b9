#include "operator/runtime/work_queue.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::runtime {

WorkQueue::WorkQueue(const io::Clock& clock, BackoffOptions backoff) : clock_(clock), backoff_(backoff) {}

void WorkQueue::add(const Request& key) {
  std::lock_guard lock(mutex_);
  add_locked(key);
}

void WorkQueue::add_after(const Request& key, std::chrono::milliseconds delay) {
  std::lock_guard lock(mutex_);
  add_at_locked(key, clock_.monotonic() + delay);
}

void WorkQueue::add_rate_limited(const Request& key, std::chrono::milliseconds at_least) {
  std::lock_guard lock(mutex_);
  const int failures = failures_[key]++;
  const double doubled = std::ldexp(static_cast<double>(backoff_.first.count()), std::min(failures, 40));
  const double wait = std::min(doubled, static_cast<double>(backoff_.longest.count()));
  ++totals_.retries_total;
  add_at_locked(key, clock_.monotonic() + std::max(at_least, std::chrono::milliseconds(static_cast<std::int64_t>(wait))));
}

void WorkQueue::forget(const Request& key) {
  std::lock_guard lock(mutex_);
  failures_.erase(key);
}

void WorkQueue::add_locked(const Request& key) {
  if (shut_down_ || !waiting_.insert(key).second) return;
  ++totals_.adds_total;
  if (processing_.contains(key)) return;  // done() will queue it
  ready_.push_back(key);
  changed_.notify_one();
}

void WorkQueue::add_at_locked(const Request& key, io::MonotonicTime when) {
  if (shut_down_) return;
  const auto [place, is_new] = due_.try_emplace(key, when);
  if (!is_new) {
    if (place->second <= when) return;
    by_time_.erase({place->second, key});
    place->second = when;
  }
  by_time_.emplace(when, key);
  changed_.notify_one();
}

void WorkQueue::promote_due_locked() {
  const auto now = clock_.monotonic();
  while (!by_time_.empty() && by_time_.begin()->first <= now) {
    const Request key = by_time_.begin()->second;
    by_time_.erase(by_time_.begin());
    due_.erase(key);
    add_locked(key);
  }
}

std::optional<Request> WorkQueue::take_locked() {
  promote_due_locked();
  if (ready_.empty()) return std::nullopt;
  Request key = std::move(ready_.front());
  ready_.pop_front();
  waiting_.erase(key);
  processing_.insert(key);
  return key;
}

std::optional<Request> WorkQueue::get() {
  std::unique_lock lock(mutex_);
  while (!shut_down_) {
    if (auto key = take_locked()) return key;
    if (by_time_.empty()) {
      changed_.wait(lock);
    } else {
      const auto when = by_time_.begin()->first;  // a copy: the entry may go while this thread waits
      changed_.wait_until(lock, when);
    }
  }
  return std::nullopt;
}

std::optional<Request> WorkQueue::try_get() {
  std::lock_guard lock(mutex_);
  if (shut_down_) return std::nullopt;
  return take_locked();
}

void WorkQueue::done(const Request& key) {
  std::lock_guard lock(mutex_);
  processing_.erase(key);
  if (!waiting_.contains(key) || shut_down_) return;
  ready_.push_back(key);
  changed_.notify_one();
}

std::optional<io::MonotonicTime> WorkQueue::next_due() const {
  std::lock_guard lock(mutex_);
  if (by_time_.empty()) return std::nullopt;
  return by_time_.begin()->first;
}

void WorkQueue::shut_down() {
  std::lock_guard lock(mutex_);
  shut_down_ = true;
  changed_.notify_all();
}

WorkQueueStats WorkQueue::stats() const {
  std::lock_guard lock(mutex_);
  WorkQueueStats stats = totals_;
  stats.depth = ready_.size();
  stats.delayed = by_time_.size();
  stats.processing = processing_.size();
  return stats;
}

}  // namespace spillway::runtime
