#pragma once
#include <algorithm>
#include <cmath>
#include <random>

#include "model/plan/plan.hpp"

namespace spillway::plan::testing {

inline StageGrid grid_of(std::size_t stages) {
  StageGrid grid;
  double t = 0.0;
  for (std::size_t k = 0; k < stages; ++k) {
    const double duration = k < 2 * stages / 3 ? 15.0 : 30.0;
    grid.offset.push_back(t);
    grid.duration.push_back(duration);
    t += duration;
  }
  return grid;
}

/// A service under a wandering load with sudden fourfold bursts; the request changes as it would from period to period.
class Service {
 public:
  Service(std::size_t stages, std::size_t scenarios, double startup) : scenarios_(scenarios) {
    request_.grid = grid_of(stages);
    request_.capacity = 25.0;
    request_.late_penalty = 1.0;
    request_.startup = startup;
    request_.start_cost = request_.stop_cost = 5.0;
    request_.min_replicas = {2};
    request_.max_replicas = {100};
    request_.current = request_.ready = 10;
  }

  const PlanRequest& next() {
    now_ += 15.0;
    level_ = std::clamp(level_ * std::exp(0.08 * normal_(random_)), 20.0, 1500.0);
    if (++step_ % 97 == 50) level_ = std::min(1500.0, 4.0 * level_);
    std::erase_if(due_, [this](double due) { return due <= now_; });
    request_.ready = request_.current - static_cast<Replicas>(due_.size());
    request_.backlog = std::max(0.0, request_.backlog + 15.0 * (level_ - 25.0 * request_.ready));
    request_.pending_due.clear();
    for (double due : due_) request_.pending_due.push_back(due - now_);
    request_.scenarios.clear();
    for (std::size_t s = 0; s < scenarios_; ++s) add_scenario(s);
    return request_;
  }

  void follow(const Plan& plan) {
    for (Replicas i = request_.current; i < plan.first; ++i) due_.push_back(now_ + request_.startup);
    for (Replicas i = plan.first; i < request_.current && !due_.empty(); ++i) due_.pop_back();
    request_.current = plan.first;
  }

 private:
  void add_scenario(std::size_t s) {
    const double z = scenarios_ == 1 ? 0.0 : -1.5 + 4.0 * static_cast<double>(s) / static_cast<double>(scenarios_ - 1);
    forecast::DemandScenario scenario{1.0 / static_cast<double>(scenarios_), {}};
    for (double offset : request_.grid.offset) {
      scenario.rate.push_back(level_ * std::exp(0.06 * z * std::sqrt(1.0 + offset / 15.0) + 0.02 * normal_(random_)));
    }
    request_.scenarios.push_back(std::move(scenario));
  }

  std::size_t scenarios_;
  PlanRequest request_;
  std::vector<double> due_;
  double now_ = 0.0;
  double level_ = 200.0;
  int step_ = 0;
  std::mt19937 random_{7};
  std::normal_distribution<double> normal_;
};

}  // namespace spillway::plan::testing
