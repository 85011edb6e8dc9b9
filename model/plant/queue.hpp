#pragma once
#include <optional>

namespace spillway::plant {

/// What one stage does to a fluid queue.
struct QueueStep {
  double backlog = 0.0;    ///< requests waiting at the end of the stage
  double abandoned = 0.0;  ///< requests whose clients gave up during the stage
};

/// Fluid queue over `duration` seconds: b' = max(0, b + D (lambda - mu n)).
/// With clients that wait at most `patience` seconds nobody in the queue is older than that, so that it cannot hold more than
/// patience x max(lambda, mu n); the rest has left (fluid limit of a queue with impatient customers, Whitt 2006).
/// Rates in requests per second, service_rate is mu n of the replicas that are ready.
QueueStep advance_queue(double backlog, double arrival_rate, double service_rate, double duration,
                        std::optional<double> patience = std::nullopt);

/// Per-pod queues behind a balancer of connections: work waiting at an old pod cannot move to a new one. During a stage with
/// `arrival_rate`, of which a set point of rho would employ `reference` replicas, the pods that hold the present backlog stand for
///   ready_now + pooling (reference - ready_now)
/// of those replicas. Returns the share of all arrivals that joins the present backlog, 0..1; 1 for a shared queue (pooling = 1).
double joining_share(double ready_now, double pooling, double reference);

}  // namespace spillway::plant
