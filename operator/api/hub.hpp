#pragma once
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/resource.hpp"

namespace spillway::api {

/// One event of the live stream.
struct Event {
  std::string id;    ///< grows; of no meaning to other processes
  std::string type;  ///< hello, decision, policyGone, overview, incident, audit
  std::string data;  ///< one JSON object
  std::optional<kube::ObjectKey> policy;  ///< whom it is about; absent: the fleet
};

/// Which events a client wants and may see.
struct Interest {
  std::string ns;                         ///< only policies of this namespace; empty = all
  std::optional<kube::ObjectKey> policy;  ///< only this one
  bool wants(const Event& event) const;
};

/// The way to one client. Never blocks.
class Outlet {
 public:
  virtual ~Outlet() = default;
  /// False once the client is gone or has fallen too far behind: it is dropped then.
  virtual bool send(const Event& event) = 0;
  /// Something to keep the connection alive. False as above.
  virtual bool keep_alive() = 0;
  /// Nothing more will come.
  virtual void close() = 0;
};

/// Hands events to all clients that want them and keeps the latest, so that a client that comes back misses none. Thread-safe, bounded.
class Hub {
 public:
  static constexpr std::size_t kKept = 2048;
  static constexpr std::size_t kMostClients = 64;
  static constexpr double kLongestStay = 600.0;  ///< seconds; then a client must come back, and show that it still may

  /// `epoch` tells the ids of this process from those of others.
  explicit Hub(std::string epoch) : epoch_(std::move(epoch)) {}

  void publish(std::string type, std::string data, std::optional<kube::ObjectKey> policy);
  /// Adds a client: a hello made by `make_hello` (told whether the stream goes on without a gap after `last_id`), what it missed, and then
  /// whatever comes. False: there are as many as may be.
  bool subscribe(std::shared_ptr<Outlet> outlet, Interest interest, const std::string& last_id, const std::function<std::string(bool)>& make_hello,
                 double now);
  /// Keeps connections alive and ends those that stayed long enough. Call every few seconds.
  void tend(double now);
  std::size_t clients() const;
  /// Ends all streams; nobody gets in any more.
  void close();

 private:
  struct Client {
    std::shared_ptr<Outlet> outlet;
    Interest interest;
    double since = 0.0;
  };
  std::string next_id() { return epoch_ + "-" + std::to_string(++last_); }
  std::optional<std::size_t> position_after(const std::string& last_id) const;

  const std::string epoch_;
  mutable std::mutex mutex_;
  bool closed_ = false;
  unsigned long last_ = 0;
  std::deque<Event> kept_;
  std::vector<Client> clients_;
};

}  // namespace spillway::api
