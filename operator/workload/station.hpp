#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <optional>

namespace spillway::workload {

/// A service station: a fixed number of workers behind one bounded first-in-first-out queue. Holds no threads and no
/// time; the owner says when work ends. Single-threaded.
class Station {
 public:
  using Ticket = std::uint64_t;
  using Start = std::function<void()>;

  Station(std::size_t workers, std::size_t queue_limit) : workers_(workers), queue_limit_(queue_limit) {}

  /// Calls `start` at once if a worker is free, else when its turn comes; nothing if the queue is full.
  std::optional<Ticket> enter(Start start);
  /// Gives up a place in the queue; false if the work has started (or ended) already.
  bool leave(Ticket ticket);
  /// One worker is done: the longest waiting work starts.
  void finish();

  std::size_t waiting() const { return queue_.size(); }
  std::size_t busy() const { return busy_; }

 private:
  struct Waiting {
    Ticket ticket;
    Start start;
  };
  std::size_t workers_;
  std::size_t queue_limit_;
  std::size_t busy_ = 0;
  Ticket last_ticket_ = 0;
  std::deque<Waiting> queue_;
};

}  // namespace spillway::workload
