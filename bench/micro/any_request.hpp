#pragma once
#include <algorithm>
#include <cmath>
#include <random>

#include "model/plan/plan.hpp"

namespace spillway::plan::testing {

/// A plain random stream as the source of the requests below.
struct RandomDraw {
  std::mt19937_64 random;
  double number(double low, double high) { return std::uniform_real_distribution<double>(low, high)(random); }
  int whole(int low, int high) { return low < high ? std::uniform_int_distribution<int>(low, high - 1)(random) : low; }
  bool one_in(int n) { return whole(0, n) == 0; }
};

inline StageGrid uniform_grid(std::size_t stages, double duration = 15.0) {
  StageGrid grid;
  for (std::size_t k = 0; k < stages; ++k) {
    grid.offset.push_back(duration * static_cast<double>(k));
    grid.duration.push_back(duration);
  }
  return grid;
}

inline forecast::DemandScenario constant_scenario(const StageGrid& grid, double rate, double probability = 1.0) {
  return {probability, std::vector<double>(grid.size(), rate)};
}

/// Any request that a policy could lead to, and some that none should: clashing bounds, more ready than wanted, no
/// load, flat forecasts, counts and backlogs beyond all reason. `draw` gives number(low, high), whole(low, high) with
/// low <= x < high, and one_in(n): a generator of RapidCheck in the property tests, a plain random stream in the bench.
template <class Draw>
PlanRequest any_request(Draw&& draw) {
  const auto or_zero = [&draw](double low, double high) { return draw.one_in(2) ? 0.0 : draw.number(low, high); };
  PlanRequest r;
  const double period = draw.number(1, 60);
  switch (draw.whole(0, 3)) {
    case 0:
      r.startup = 0.0;
      break;
    case 1:
      r.startup = draw.number(0, 10) * period;
      break;
    default:
      r.startup = 3 * period;
  }
  const auto stages = static_cast<std::size_t>(draw.whole(1, 21));
  r.grid = draw.one_in(2) ? uniform_grid(stages, period)
                          : make_stages(Seconds(period), Seconds(period * 12), Seconds(r.startup), stages);
  r.capacity = std::pow(10.0, draw.number(-1, 3));
  r.concurrency = draw.number(0.5, 20);
  r.pooling = draw.one_in(3) ? draw.number(0, 1) : draw.one_in(2) ? 0.0 : 1.0;
  r.arrival_variation = or_zero(0, 4);
  r.service_variation = or_zero(0, 4);
  r.max_queue_delay = draw.one_in(3) ? 0.0 : draw.one_in(2) ? draw.number(0, 2) : draw.number(0, 100);
  r.target_utilization = draw.number(0.3, 1.0);
  r.late_penalty = draw.one_in(3) ? 20.0 / (r.capacity * r.target_utilization) : or_zero(0, 100);
  r.target_price = draw.one_in(3) ? 0.0 : draw.one_in(2) ? 0.5 : 2.0;
  r.start_cost = or_zero(0, 100);
  r.stop_cost = or_zero(0, 100);
  if (draw.one_in(2)) r.abandonment = draw.number(0, 60);
  r.current = draw.whole(0, 80);
  r.ready = draw.whole(0, r.current + 3);
  for (Replicas i = r.ready; i < r.current; ++i) r.pending_due.push_back(draw.number(0, r.startup));
  std::ranges::sort(r.pending_due);
  const auto bounded = draw.one_in(2) ? std::size_t{1} : r.grid.size();
  for (std::size_t k = 0; k < bounded; ++k) {
    r.min_replicas.push_back(draw.whole(0, 20));
    r.max_replicas.push_back(draw.whole(0, 120));
  }
  if (draw.one_in(3)) r.max_step_up = draw.whole(0, 10);
  if (draw.one_in(3)) r.max_step_down = draw.whole(0, 10);
  if (draw.one_in(3)) r.no_shrink_for = draw.number(0, 100);
  if (draw.one_in(3)) r.no_growth_for = draw.number(0, 100);
  if (draw.one_in(5)) r.moves_left = draw.whole(0, 2);
  const double level = draw.one_in(4) ? 0.0 : draw.one_in(3) ? r.capacity * 10 : r.capacity * draw.number(0, 100);
  r.backlog = or_zero(0, 1000) * r.capacity;
  const int scenarios = draw.one_in(3) ? 1 : draw.whole(2, 6);
  for (int s = 0; s < scenarios; ++s) {
    auto scenario = constant_scenario(r.grid, level, 1.0 / scenarios);
    if (draw.one_in(2)) {
      for (double& rate : scenario.rate) rate *= draw.number(0, 2.5);
    }
    r.scenarios.push_back(std::move(scenario));
  }
  return r;
}

/// A reference program (design/model.md): one scenario, no lag, one queue; the rest as any_request() has it, with the
/// last counts far enough away to be searched one by one where `most` says so.
template <class Draw>
PlanRequest reference_request(Draw&& draw, std::size_t stages, Replicas most) {
  PlanRequest r = any_request(draw);
  r.grid = uniform_grid(stages, r.grid.duration[0]);
  if (draw.one_in(2)) {
    for (std::size_t k = stages / 2; k < stages; ++k) r.grid.duration[k] *= 2.0;
    for (std::size_t k = 1; k < stages; ++k) r.grid.offset[k] = r.grid.offset[k - 1] + r.grid.duration[k - 1];
  }
  r.startup = 0.0;
  r.pooling = 1.0;
  r.current = draw.whole(0, most + 1);
  r.ready = r.current;
  r.pending_due.clear();
  r.min_replicas = {draw.whole(0, 2)};
  r.max_replicas = {most};
  r.backlog = draw.one_in(2) ? 0.0 : draw.number(0, 2.0 * most) * r.capacity * r.grid.duration[0];
  const double level = draw.number(0, most) * r.capacity;
  r.scenarios = {constant_scenario(r.grid, level)};
  if (draw.one_in(4)) return r;
  for (double& rate : r.scenarios[0].rate) rate *= draw.number(0, 1.5);
  return r;
}

}  // namespace spillway::plan::testing
