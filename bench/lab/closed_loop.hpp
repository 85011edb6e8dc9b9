#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bench/laws/law.hpp"
#include "bench/plant/plant.hpp"
#include "bench/plant/sensor.hpp"

namespace spillway::bench {

/// One experiment: a demand, a plant, sensors, and what the laws are told.
struct Scenario {
  std::string name;
  Trace trace;
  PlantConfig plant;
  Service service;
  Sensors sensors;
  std::vector<Fault> faults;
  /// Replica-seconds that one late request costs; 0 = 20 / (mu x target), design/model.md.
  double late_penalty = 0.0;
  double record_interval = 5.0;  ///< seconds between rows of the trajectory

  double penalty() const { return late_penalty > 0.0 ? late_penalty : 20.0 / (service.capacity * service.target); }
  /// ceil(rate / (mu target)) within the bounds: the replicas that the demand of a moment needs at the set point.
  Replicas needed(double rate) const;
};

/// The state at the end of one recording interval; rates and percentiles are over the interval. NaN latency: nothing
/// completed.
struct Tick {
  double time = 0.0;
  double offered = 0.0;  ///< requests per second, as they really came
  double throughput = 0.0;
  double backlog = 0.0;      ///< requests waiting
  double latency_p95 = 0.0;  ///< seconds
  double utilization = 0.0;
  double late = 0.0;      ///< late requests per second
  Replicas replicas = 0;  ///< asked for
  Replicas ready = 0;
  Replicas needed = 0;  ///< Scenario::needed of the trace's rate
};

/// One move of the law.
struct Move {
  double time = 0.0;
  Replicas from = 0;
  Replicas to = 0;
};

/// Elasticity as the SPEC Research Group measures it (Herbst, Kounev, Reussner, ICAC 2013; "Ready for Rain?", SPEC RG
/// 2016), demand = Scenario::needed, supply = ready replicas, in per cent.
struct Elasticity {
  double under_accuracy = 0.0;   ///< theta_U: mean missing replicas over demand
  double over_accuracy = 0.0;    ///< theta_O: mean surplus replicas over demand
  double under_timeshare = 0.0;  ///< tau_U: share of time with too few
  double over_timeshare = 0.0;   ///< tau_O: share of time with too many
  double instability = 0.0;      ///< share of time in which supply and demand do not change the same way
};

/// What an experiment came to. Times in seconds, waits without service, latencies with it.
struct Summary {
  std::string law;
  Accounting totals;
  double duration = 0.0;
  double late_share = 0.0;     ///< of offered requests
  double success_share = 0.0;  ///< served, of those that ended
  double wait_p50 = 0.0, wait_p95 = 0.0, wait_p99 = 0.0, wait_max = 0.0;
  double latency_p50 = 0.0, latency_p95 = 0.0, latency_p99 = 0.0, latency_max = 0.0;
  double replica_seconds = 0.0;
  double ideal_replica_seconds = 0.0;  ///< integral of needed()
  double mean_replicas = 0.0;
  Replicas max_replicas = 0;
  double variation = 0.0;  ///< sum of |change| of replicas
  int moves = 0;
  int reversals = 0;            ///< moves against the direction of the move before
  double breach_seconds = 0.0;  ///< time with more waiting than late_after x capacity x ready
  double recovery = 0.0;        ///< the longest stretch of that
  double utilization_mean = 0.0, utilization_p95 = 0.0;
  Elasticity elasticity;
  double cost = 0.0;  ///< replica_seconds + penalty x late
};

struct Run {
  Summary summary;
  std::vector<Tick> ticks;
  std::vector<Move> moves;
};

/// Closes the loop between plant and law over the whole trace. The first decision comes one period after the start; the
/// plant begins with plant.initial ready replicas.
Run run(const Scenario& scenario, Law& law);

}  // namespace spillway::bench
