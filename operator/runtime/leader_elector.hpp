#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "operator/io/clock.hpp"
#include "operator/io/scheduler.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::runtime {

struct LeaderElectionOptions {
  std::string ns = "default";
  std::string name = "spillway";
  std::string identity;  ///< unique per process
  std::chrono::milliseconds lease_duration{3000};  ///< how long others wait after the last renewal they saw; whole seconds
  std::chrono::milliseconds renew_deadline{2000};  ///< without a renewal for this long, leading ends; < lease_duration
  std::chrono::milliseconds retry_period{500};     ///< between attempts; < renew_deadline
  std::uint64_t seed = 0;                          ///< of the jitter between candidates
  bool wanted = true;                              ///< as want() would say
  std::function<std::string()> address;            ///< asked before each write: "ip:port" for leader_address() of the others; may be empty

  /// Asked before a Lease is given up: false while work under it still goes on. Must not block; empty = always true.
  std::function<bool()> idle;
  std::function<void()> on_started_leading;  ///< on the scheduler's thread
  std::function<void()> on_stopped_leading;  ///< on it, or on that of want() or stop(); before anybody else can lead
  std::function<void(const std::string& identity)> on_new_leader;
};

/// kInvalid names the duration that does not fit the others.
Status check(const LeaderElectionOptions& options);

/// Holds a coordination.k8s.io/v1 Lease or waits for it. Give it a RestClient with a connection pool of its own ("lease") and
/// no rate limit, so that nothing the process does can keep it from renewing. A lease is no fence: expiry is judged on this
/// process's own monotonic clock, and a write still carries its own precondition. A Lease that could not be renewed in time and
/// that nobody took meanwhile is renewed and led again.
class LeaderElector {
 public:
  LeaderElector(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, LeaderElectionOptions options);
  ~LeaderElector();

  void start();
  /// Releases the Lease if it is held, so that another takes over at once; waits for that at most `limit`.
  void stop(std::chrono::milliseconds limit = std::chrono::milliseconds(3000));
  /// Whether to hold the Lease, or try to. Giving it up ends leading() at once and releases the Lease as soon as idle() is true.
  void want(bool wanted);
  /// Looks at the Lease now and not at the next turn: it has become free.
  void nudge();
  /// True while the last successful renewal is younger than the renew deadline. Ask before each write.
  bool leading() const;
  /// renewTime of the write that leading() began with; empty while it does not lead.
  std::string leading_since() const;
  /// Who holds the Lease as far as known; empty if nobody.
  std::string leader() const;
  /// The address that another process, which leads as far as known, has given; else empty.
  std::string leader_address() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace spillway::runtime
