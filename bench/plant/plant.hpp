#pragma once
#include <cstdint>
#include <deque>
#include <map>
#include <queue>
#include <string>
#include <vector>

#include "bench/plant/arrivals.hpp"
#include "bench/plant/histogram.hpp"
#include "bench/plant/random.hpp"
#include "bench/plant/trace.hpp"
#include "model/base/observation.hpp"

namespace spillway::bench {

/// Where requests wait, and who gets the next one.
enum class Queueing {
  kShared,           ///< one queue for all pods (a broker, a work queue)
  kRoundRobin,       ///< one queue per pod, in turn
  kRandom,           ///< one queue per pod, at random: what kube-proxy does with connections
  kLeastOutstanding  ///< one queue per pod, to the pod with the least waiting and in service
};

/// The words for it on a command line.
inline std::map<std::string, Queueing> queueing_names() {
  return {{"shared", Queueing::kShared}, {"round-robin", Queueing::kRoundRobin}, {"random", Queueing::kRandom}, {"least", Queueing::kLeastOutstanding}};
}

/// From `time` on a request takes the nominal service time divided by `factor`.
struct CapacityChange {
  double time = 0.0;
  double factor = 1.0;
};

/// The service that is scaled. Times in seconds.
struct PlantConfig {
  double service_time = 0.04;      ///< mean time of one request in service
  double service_variation = 0.0;  ///< its coefficient of variation: 0 constant, else gamma (1 = exponential)
  int concurrency = 1;             ///< requests that a pod serves at once
  Queueing queueing = Queueing::kShared;
  int queue_limit = 0;         ///< most requests waiting per pod; beyond it a request is refused. 0 = none
  double timeout = 30.0;       ///< a client that has waited this long leaves the queue
  double startup = 30.0;       ///< asked -> ready, median
  double startup_sigma = 0.0;  ///< lognormal spread of it (standard deviation of the logarithm), drawn per pod
  double startup_floor = 0.0;  ///< no pod starts faster
  double dispersion = 1.0;     ///< of arrivals, see ArrivalStream
  std::vector<CapacityChange> capacity_changes;  ///< ascending times
  double late_after = 0.5;                       ///< a request that waits longer is late
  Replicas initial = 1;                          ///< ready at the start

  double scrape_interval = 5.0;
  double scrape_offset = 0.0;       ///< scrapes happen at offset + k x interval
  double rate_window = 15.0;        ///< of the rates, as rate(...[15s])
  double metric_delay = 0.0;        ///< scrapes younger than this are not visible yet
  bool counts_completions = false;  ///< "arrival rate" is read from a counter of completions
  std::uint64_t seed = 1;

  /// Requests per second that one pod serves at full use.
  double capacity() const { return concurrency / service_time; }
};

/// What was really the case, from the start to now; never shown to a law.
struct Accounting {
  std::uint64_t offered = 0;
  std::uint64_t completed = 0;
  std::uint64_t abandoned = 0;  ///< waited for the whole time-out
  std::uint64_t refused = 0;    ///< met a full queue, or no pod at all in per-pod queueing
  std::uint64_t late = 0;       ///< waited longer than late_after, abandoned or refused; each once
  std::uint64_t waiting = 0;
  std::uint64_t in_service = 0;
  double replica_seconds = 0.0;  ///< from the moment a pod is asked for until it is gone
  double ready_seconds = 0.0;
  double busy_seconds = 0.0;    ///< of pods: server-seconds over concurrency
  double system_seconds = 0.0;  ///< integral of waiting + in service
};

/// The plant that judges: every request is an event of its own. Shares nothing with the controller but the shape of an
/// Observation. Growth is billed from the moment it is asked for and serves after a start-up lag; a shrink takes
/// pending pods first, then the youngest ready ones, which take no new request and are billed until their last one is
/// done.
class Plant {
 public:
  Plant(PlantConfig config, Trace trace);

  /// Plays events up to `time`, which must not decrease.
  void run_until(double time);
  /// Asks for `replicas` pods (at least 0) now.
  void scale(Replicas replicas);
  /// What Prometheus and the pod list show now. Start-up times are those of pods turned ready since the last call.
  Observation observe();

  double now() const { return now_; }
  Replicas replicas() const { return wanted_; }
  Replicas ready() const { return ready_; }
  const PlantConfig& config() const { return config_; }
  const Accounting& accounting() const { return total_; }
  /// Requests still waiting that are late already.
  std::uint64_t overdue() const;
  /// Time in queue of every request that was served, abandoned (the time-out) or refused (0), and sojourn of those
  /// served.
  const Histogram& waits() const { return waits_; }
  const Histogram& latencies() const { return latencies_; }

 private:
  enum class PodState { kStarting, kReady, kLeaving, kGone };
  struct Pod {
    PodState state = PodState::kGone;
    double asked = 0.0;
    double ready_at = 0.0;
    int busy = 0;
    std::deque<double> queue;  ///< arrival times; only with one queue per pod
  };
  struct Completion {
    double time = 0.0;
    std::size_t pod = 0;
    double arrived = 0.0;
    bool operator>(const Completion& other) const { return time > other.time; }
  };
  /// Counters as one scrape saw them.
  struct Scrape {
    double time = 0.0;
    Accounting seen;
    Histogram latencies;
  };

  void advance(double time);
  double next_event() const;
  void handle_events_at(double time);
  void arrive(double arrived);
  void complete(const Completion& completion);
  void start(std::size_t pod, double arrived);
  bool take_next(std::size_t pod);
  void make_ready(std::size_t pod);
  void retire(std::size_t pod);
  void take_scrape();
  std::size_t new_pod();
  std::size_t choose_pod();
  std::deque<double>& queue_of(std::size_t pod);
  void expire_head(std::deque<double>& queue, double time);
  void expire_all(double time);
  double service_time();
  bool per_pod() const { return config_.queueing != Queueing::kShared; }
  void count_wait(double wait);
  Reading rate(const Scrape& first, const Scrape& last, std::uint64_t Accounting::*counter) const;

  PlantConfig config_;
  ArrivalStream arrivals_;
  Random service_random_, startup_random_, balance_random_;
  double now_ = 0.0;
  double next_arrival_ = 0.0;
  double next_scrape_ = 0.0;
  std::size_t next_capacity_change_ = 0;
  double capacity_factor_ = 1.0;

  std::vector<Pod> pods_;
  std::vector<std::size_t> starting_;  ///< oldest first
  std::vector<std::size_t> serving_;   ///< ready pods, oldest first
  std::vector<std::size_t> free_;      ///< slots of pods_ to use again
  std::size_t turn_ = 0;               ///< round robin
  std::deque<double> shared_queue_;
  std::priority_queue<Completion, std::vector<Completion>, std::greater<>> completions_;

  Replicas wanted_ = 0;
  Replicas ready_ = 0;
  Replicas leaving_ = 0;
  Accounting total_;
  Histogram waits_, latencies_;
  std::deque<Scrape> scrapes_;
  std::vector<Seconds> startup_times_;
};

}  // namespace spillway::bench
