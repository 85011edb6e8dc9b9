#pragma once
#include <vector>

#include "bench/micro/any_request.hpp"
#include "model/plan/plan.hpp"

namespace spillway::plan::testing {

/// The reference laboratory's service (25 rps per replica, one request at a time, set point 0.70) with the default
/// price of lateness, at rest.
inline PlanRequest calm_request(double rate, Replicas replicas, double startup = 30.0) {
  PlanRequest request;
  request.grid = make_stages(Seconds(15), Seconds(180), Seconds(startup));
  request.scenarios = {constant_scenario(request.grid, rate)};
  request.capacity = 25.0;
  request.target_utilization = 0.7;
  request.late_penalty = 20.0 / (25.0 * 0.7);
  request.current = replicas;
  request.ready = replicas;
  request.startup = startup;
  request.min_replicas = {1};
  request.max_replicas = {70};
  return request;
}

/// Plays a service by its book: every pod has its own due time; removal takes the youngest first and acts at once.
class Pods {
 public:
  Pods(Replicas ready, std::vector<double> pending_due) : due_(static_cast<std::size_t>(ready), -1.0) {
    due_.insert(due_.end(), pending_due.begin(), pending_due.end());
  }
  Replicas count() const { return static_cast<Replicas>(due_.size()); }
  Replicas ready(double now) const {
    Replicas n = 0;
    for (double due : due_) n += due <= now + 1e-9;
    return n;
  }
  std::vector<double> pending(double now) const {
    std::vector<double> rest;
    for (double due : due_) {
      if (due > now + 1e-9) rest.push_back(due - now);
    }
    return rest;
  }
  void scale_to(Replicas wanted, double now, double startup) {
    while (count() > wanted) due_.pop_back();
    while (count() < wanted) due_.push_back(now + startup);
  }

 private:
  std::vector<double> due_;  // ascending
};

}  // namespace spillway::plan::testing
