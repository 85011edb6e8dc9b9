#include <rapidcheck/gtest.h>

#include <sstream>

#include "model/plan/plan.hpp"
#include "model/plant/lateness.hpp"
#include "tests/model/plan/rapid_draw.hpp"
#include "tests/model/plan/requests.hpp"

namespace spillway::plan {
namespace {

using testing::number;
using testing::Pods;
using testing::uniform_grid;

PlanRequest any_request() {
  return testing::any_request(testing::RapidDraw{});
}

/// For the log of a counterexample.
std::string describe(const PlanRequest& r) {
  std::ostringstream out;
  out << "L " << r.startup << " mu " << r.capacity << " c " << r.concurrency << " pool " << r.pooling << " ca2 "
      << r.arrival_variation << " cs2 " << r.service_variation << " W " << r.max_queue_delay << " P " << r.late_penalty
      << " rho " << r.target_utilization << " floor " << r.target_price << " start/stop " << r.start_cost << "/"
      << r.stop_cost << " A " << r.abandonment.value_or(-1) << " b " << r.backlog << " current " << r.current
      << " ready " << r.ready << " step " << r.max_step_up.value_or(-1) << "/" << r.max_step_down.value_or(-1)
      << " cool " << r.no_growth_for << "/" << r.no_shrink_for << " moves " << r.moves_left;
  const auto list = [&out](const char* name, const auto& values) {
    out << "\n  " << name;
    for (auto v : values) out << " " << v;
  };
  list("D", r.grid.duration);
  list("due", r.pending_due);
  list("min", r.min_replicas);
  list("max", r.max_replicas);
  for (const auto& scenario : r.scenarios) list("rate", scenario.rate);
  return out.str();
}

std::string describe(const Plan& p) {
  std::ostringstream out;
  out.precision(10);
  out << "first " << p.first << " raw " << p.raw << " cost " << p.cost << " bound " << p.bound << " "
      << to_string(p.quality);
  for (const auto& s : p.stages)
    out << "\n  t " << s.offset << " r " << s.replicas << " n " << s.ready << " q " << s.backlog;
  return out.str();
}

Plan solve_logged(const PlanRequest& request, const Basis* warm_start) {
  const Plan plan = solve(request, warm_start);
  RC_LOG() << describe(request) << "\n" << describe(plan) << std::endl;
  return plan;
}

/// A request whose cost can be written down in a few lines: one scenario, equal stages, no randomness, no set point, no
/// abandonment.
PlanRequest plain_request(std::size_t stages) {
  PlanRequest r;
  r.grid = uniform_grid(stages, 15.0);
  r.capacity = 10.0;
  r.target_price = 0.0;
  r.arrival_variation = r.service_variation = 0.0;
  r.max_queue_delay = number(0.1, 4);
  r.late_penalty = number(0.02, 3);
  r.start_cost = number(0, 20);
  r.stop_cost = number(0, 20);
  r.startup = 15.0 * *rc::gen::inRange(0, 4);
  r.ready = *rc::gen::inRange(0, 5);
  r.current = r.ready;
  if (r.startup > 0.0) {
    for (int i = *rc::gen::inRange(0, 3); i > 0; --i)
      r.pending_due.push_back(15.0 * *rc::gen::inRange(1, static_cast<int>(r.startup / 15) + 1));
    std::ranges::sort(r.pending_due);
    r.current += static_cast<Replicas>(r.pending_due.size());
  }
  r.min_replicas = {*rc::gen::inRange(0, 2)};
  r.max_replicas = {5};
  r.current = std::min(r.current, 5);
  r.pending_due.resize(static_cast<std::size_t>(std::max(0, r.current - r.ready)));
  r.backlog = *rc::gen::element(0.0, number(0, 800));
  r.scenarios = {testing::constant_scenario(r.grid, 0)};
  for (double& rate : r.scenarios[0].rate) rate = r.capacity * (*rc::gen::inRange(0, 6) + number(0.1, 0.9));
  return r;
}

/// The mean rate over the last four delay limits up to the end of stage k; before now it was as in the first stage.
double settled_rate(const PlanRequest& r, std::size_t k) {
  const double window = 4.0 * r.max_queue_delay, D = r.grid.duration[k];
  if (window <= D) return r.scenarios[0].rate[k];
  double sum = 0.0;
  for (double back = 0.0; back < window - 1e-12; back += D) {
    const auto stages_back = static_cast<std::size_t>(std::lround(back / D));
    sum += std::min(D, window - back) * r.scenarios[0].rate[stages_back > k ? 0 : k - stages_back];
  }
  return sum / window;
}

/// The cost of a whole plan by its definition (design/model.md), pods played one by one. An implementation of its own.
double cost_by_the_book(const PlanRequest& r, const std::vector<Replicas>& wanted) {
  Pods pods(r.ready, r.pending_due);
  double cost = 0.0;
  double backlog = r.backlog;
  for (std::size_t k = 0; k < wanted.size(); ++k) {
    const double now = r.grid.offset[k];
    const double D = r.grid.duration[k];
    const double change = wanted[k] - pods.count();
    cost += change > 0 ? change * r.start_cost : -change * r.stop_cost;
    pods.scale_to(wanted[k], now, r.startup);
    const double n = pods.ready(now);
    const double rate = r.scenarios[0].rate[k];
    backlog = std::max(0.0, backlog + D * (rate - r.capacity * n));
    const double excess = std::max(0.0, backlog - r.max_queue_delay * r.capacity * n);
    double late = excess * D / std::max(D, r.max_queue_delay);
    if (r.startup == 0.0)
      late = std::min(late, D * r.capacity * n);  // solved exactly, so with no more late work than departs
    cost += D * wanted[k] + r.late_penalty * late + 1e-4 * D * backlog / r.capacity / 15.0;
    const double settled = settled_rate(r, k);
    const double needed =
        std::floor(settled / r.capacity) + 1;  // without randomness all is late at 0 and nothing at the first n > load
    cost += D * r.late_penalty * settled * std::max(0.0, 1.0 - n / needed);
    if (k + 1 == wanted.size()) cost += backlog / r.capacity + r.late_penalty * excess;
  }
  return cost;
}

struct BruteForce {
  double best = 1e300;
  std::vector<double> by_first = std::vector<double>(6, 1e300);
};

BruteForce enumerate(const PlanRequest& r) {
  BruteForce result;
  std::vector<Replicas> wanted(r.grid.size(), r.min_replicas[0]);
  for (;;) {
    const double cost = cost_by_the_book(r, wanted);
    result.best = std::min(result.best, cost);
    double& of_first = result.by_first[static_cast<std::size_t>(wanted[0])];
    of_first = std::min(of_first, cost);
    std::size_t k = 0;
    while (k < wanted.size() && wanted[k] == r.max_replicas[0]) wanted[k++] = r.min_replicas[0];
    if (k == wanted.size()) return result;
    ++wanted[k];
  }
}

RC_GTEST_PROP(PlannerAgainstBruteForce, OneStageIsExact, ()) {
  const PlanRequest request = plain_request(1);
  const BruteForce truth = enumerate(request);
  const Plan plan = solve_logged(request, nullptr);
  RC_ASSERT(plan.quality == PlanQuality::kExact);
  RC_ASSERT(std::abs(plan.cost - truth.best) <= 1e-6 * (1 + truth.best));
}

RC_GTEST_PROP(PlannerAgainstBruteForce, AForcedPathCostsWhatTheBookSays, ()) {
  PlanRequest request = plain_request(6);
  std::vector<Replicas> path;
  for (int k = 0; k < 6; ++k) path.push_back(*rc::gen::inRange(0, 6));
  request.min_replicas = request.max_replicas = path;
  const double truth = cost_by_the_book(request, path);
  const Plan plan = solve_logged(request, nullptr);
  RC_ASSERT(plan.first == path[0]);
  RC_ASSERT(std::abs(plan.cost - truth) <= 1e-6 * (1 + truth));
}

RC_GTEST_PROP(PlannerAgainstBruteForce, BoundBelowAndFirstMoveWithinTheIntegralityGap, ()) {
  const PlanRequest request = plain_request(5);
  const BruteForce truth = enumerate(request);
  const Plan plan = solve_logged(request, nullptr);
  const double slack = 1e-6 * (1 + truth.best);
  RC_ASSERT(plan.quality == PlanQuality::kExact);
  RC_ASSERT(plan.bound <= truth.best + slack);
  RC_ASSERT(plan.bound <= plan.cost + slack);
  const double with_first = truth.by_first[static_cast<std::size_t>(plan.first)];
  RC_ASSERT(plan.cost <= with_first + slack);
  // A relaxed tail may prefer a neighbour; what that costs is bounded by the tail's integrality gap: half a replica of
  // 5 stages.
  RC_ASSERT(with_first <= truth.best + 0.5 * 5 * 15.0 + 0.08 * truth.best);
}

RC_GTEST_PROP(AnyRequest, EndsWithinTheBudgetInsideTheBounds, ()) {
  const PlanRequest request = any_request();
  const Plan plan = solve_logged(request, nullptr);
  const double least = request.min_replicas.empty() ? 0 : request.min_replicas[0];
  const double most = request.max_replicas.empty() ? 1e9 : std::max<double>(least, request.max_replicas[0]);
  RC_ASSERT(plan.first >= least);
  RC_ASSERT(plan.first <= most);
  RC_ASSERT(plan.quality == PlanQuality::kExact);
  RC_ASSERT(plan.time_limited.empty());
  RC_ASSERT(plan.cost >= plan.bound - 1e-5 * (1 + std::abs(plan.cost)));
  RC_ASSERT(plan.stages.size() == request.grid.size());
  const Plan warm = solve_logged(request, &plan.basis);
  RC_ASSERT(warm.first == plan.first);
  RC_ASSERT(std::abs(warm.cost - plan.cost) <= 1e-6 * (1 + std::abs(plan.cost)));
}

/// A million by `bench_random_programs`.
TEST(RandomPrograms, FourThousandAndTheirSuccessorsEndWithinTheirCountedBudgets) {
  testing::RandomDraw draw{std::mt19937_64(42)};
  for (int i = 0; i < 4000; ++i) {
    PlanRequest request = testing::any_request(draw);
    const Plan cold = solve(request, nullptr);
    request.backlog = draw.one_in(2) ? 0.0 : request.capacity * draw.number(0, 100);
    for (const Plan& plan : {cold, solve(request, &cold.basis)}) {
      if (!plan.time_limited.empty()) continue;  // the safety net in wall time, on a slow machine or under a sanitizer
      ASSERT_EQ(plan.quality, PlanQuality::kExact) << describe(request);
      ASSERT_LT(plan.iterations, 50000) << describe(request);
      ASSERT_GE(plan.cost, plan.bound - 1e-5 * (1 + std::abs(plan.cost))) << describe(request);
    }
  }
}

RC_GTEST_PROP(AnyRequest, IsSolvedTheSameFromTheBasisOfAnother, ()) {
  PlanRequest request = any_request();
  const Plan before = solve_logged(request, nullptr);
  request.backlog = request.capacity * number(0, 100);
  for (auto& scenario : request.scenarios) {
    for (double& rate : scenario.rate) rate *= number(0.5, 1.5);
  }
  const Plan cold = solve_logged(request, nullptr);
  const Plan warm = solve_logged(request, &before.basis);
  RC_ASSERT(warm.quality == cold.quality);
  RC_ASSERT(std::abs(warm.cost - cold.cost) <= 1e-6 * (1 + std::abs(cold.cost)));
}

/// What merging the pieces of the lateness curve may cost: another price or load draws it with other vertices.
constexpr double kMerging = 0.03;

/// A service of any size at any point of a lasting load.
PlanRequest lasting_load() {
  PlanRequest request = testing::calm_request(number(0, 900), *rc::gen::inRange(1, 71), number(0, 90));
  request.backlog = *rc::gen::element(0.0, number(0, 3000));
  request.max_queue_delay = number(0.1, 5);
  request.late_penalty *= number(0.2, 3);
  return request;
}

RC_GTEST_PROP(Monotone, MoreBacklogNeverAsksForLess, ()) {
  PlanRequest request = lasting_load();
  const Plan less = solve_logged(request, nullptr);
  request.backlog += number(0, 3000);
  const Plan more = solve_logged(request, nullptr);
  RC_ASSERT(more.cost >= less.cost - 1e-6 * (1 + less.cost));
  RC_ASSERT(more.first >= less.first);
}

RC_GTEST_PROP(Monotone, MoreArrivalsNeverAskForLess, ()) {
  PlanRequest request = lasting_load();
  const Plan less = solve_logged(request, nullptr);
  const double factor = number(1, 2);
  for (double& rate : request.scenarios[0].rate) rate *= factor;
  const Plan more = solve_logged(request, nullptr);
  RC_ASSERT(more.cost >= less.cost - kMerging * less.cost);
  RC_ASSERT(more.first >= less.first);
}

RC_GTEST_PROP(Monotone, ADearerLateRequestNeverAsksForLess, ()) {
  PlanRequest request = lasting_load();
  const Plan cheap = solve_logged(request, nullptr);
  request.late_penalty *= number(1, 5);
  const Plan dear = solve_logged(request, nullptr);
  RC_ASSERT(dear.cost >= cheap.cost - kMerging * cheap.cost);
  RC_ASSERT(dear.raw >= cheap.raw - 0.5);
  RC_ASSERT(dear.first >= cheap.first - 1);  // two counts within kMerging of each other in cost may change places
}

/// With stages of unlike length, change costs and step limits, replicas of one stage can stand in for those of another,
/// and the first move may fall a little when all stages need more. The cost may not.
RC_GTEST_PROP(Monotone, AnyRequestCostsNoLessWithMoreBacklogOrDearerLateness, ()) {
  PlanRequest request = any_request();
  request.abandonment.reset();
  const Plan before = solve_logged(request, nullptr);
  request.backlog += request.capacity * number(0, 500);
  const Plan loaded = solve_logged(request, nullptr);
  RC_ASSERT(loaded.cost >= before.cost - 1e-6 * (1 + before.cost));
  request.late_penalty *= number(1, 5);
  RC_ASSERT(solve_logged(request, nullptr).cost >= (1.0 - kMerging) * loaded.cost);
}

RC_GTEST_PROP(ScaleInvariance, TheTimeUnitDoesNotMatter, ()) {
  PlanRequest request = any_request();
  const Plan plan = solve_logged(request, nullptr);
  const double t = 60.0;  // minutes to seconds
  for (double& x : request.grid.offset) x *= t;
  for (double& x : request.grid.duration) x *= t;
  for (double& x : request.pending_due) x *= t;
  for (double* x : {&request.startup, &request.max_queue_delay, &request.no_shrink_for, &request.no_growth_for,
                    &request.start_cost, &request.stop_cost, &request.late_penalty}) {
    *x *= t;
  }
  if (request.abandonment) *request.abandonment *= t;
  request.capacity /= t;
  for (auto& scenario : request.scenarios) {
    for (double& rate : scenario.rate) rate /= t;
  }
  const Plan scaled = solve_logged(request, nullptr);
  RC_ASSERT(scaled.first == plan.first);
  RC_ASSERT(std::abs(scaled.cost - t * plan.cost) <= 1e-6 * (1 + std::abs(scaled.cost)));
}

RC_GTEST_PROP(ScaleInvariance, TheRequestUnitDoesNotMatterWhenRandomnessIsLeftOut, ()) {
  PlanRequest request = any_request();
  request.arrival_variation = request.service_variation = 0.0;
  request.max_queue_delay += 0.1;
  const Plan plan = solve_logged(request, nullptr);
  const double u = 1000.0;  // single requests to thousands
  request.capacity /= u;
  request.backlog /= u;
  request.late_penalty *= u;
  for (auto& scenario : request.scenarios) {
    for (double& rate : scenario.rate) rate /= u;
  }
  const Plan scaled = solve_logged(request, nullptr);
  RC_ASSERT(scaled.first == plan.first);
}

RC_GTEST_PROP(NoDeadZone, FromAnyStartTheNeededCountIsReachedWithinALagAndSixPeriods, ()) {
  const double rate = number(0, 900);
  const double lag = number(0, 90);
  PlanRequest request = testing::calm_request(rate, *rc::gen::inRange(1, 71), lag);
  request.backlog = number(0, 3000);
  const auto needed = std::max<Replicas>(1, static_cast<Replicas>(std::ceil(rate / (25 * 0.7) - 1e-6)));
  Pods pods(request.ready, {});
  const int periods = static_cast<int>(lag / 15) + 6 + static_cast<int>(request.backlog / (0.2 * 25 * needed * 15));
  for (int t = 0; t < periods; ++t) {
    const double now = 15.0 * t;
    request.current = pods.count();
    request.ready = pods.ready(now);
    request.pending_due = pods.pending(now);
    pods.scale_to(solve_logged(request, nullptr).first, now, lag);
    request.backlog = std::max(0.0, request.backlog + 15.0 * (rate - 25.0 * pods.ready(now + 7.5)));
  }
  RC_ASSERT(pods.count() == needed);
}

}  // namespace
}  // namespace spillway::plan
