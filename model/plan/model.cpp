#include <algorithm>
#include <array>
#include <cmath>

#include "model/plan/program.hpp"
#include "model/plant/lateness.hpp"
#include "model/plant/queue.hpp"

namespace spillway::plan {
namespace {

/// Late work below this many replicas is not worth a vertex of the envelope.
constexpr double kNegligibleLate = 0.01;

/// A load up to this share above the set point of the present replicas asks for no further one: the median forecast is no better than
/// that, and a constant load at the edge between two counts would else move one now and then. (The HPA tolerates 10 %.)
constexpr double kSetPointTolerance = 0.03;

/// Delay limits over which the stationary formula of lateness is taken to settle.
constexpr double kSettlingDelays = 4.0;

/// Slopes (replica-stages per replica and stage) that split the price of too few ready replicas into pieces; finest about 1,
/// what one more replica costs. Crooked, so that a price of round numbers does not lie on a step. They make one piece more than there
/// are slopes, and split_at_lag() may add another: the program has room for both.
constexpr std::array<double, kReadyPieces - 2> kSlopeSteps = {31.0, 15.0, 7.7, 4.7, 2.9, 1.9, 1.3, 0.95, 0.67, 0.43, 0.19};

plant::RandomService random_service(const PlanRequest& request) {
  return {.capacity = request.capacity,
          .concurrency = request.concurrency,
          .pooling = request.pooling,
          .arrival_variation = request.arrival_variation,
          .service_variation = request.service_variation,
          .max_queue_delay = request.max_queue_delay};
}

/// Weighted median of the scenarios' loads in one stage.
double median_load(const Model& model, std::size_t k) {
  std::vector<std::pair<double, double>> loads;
  for (std::size_t s = 0; s < model.scenarios(); ++s) loads.emplace_back(model.load[s][k], model.probability[s]);
  std::ranges::sort(loads);
  double mass = 0.0;
  for (const auto& [load, probability] : loads) {
    mass += probability;
    if (mass >= 0.5 - 1e-9) return load;
  }
  return loads.back().first;
}

/// Whole replicas that carry a load of `wanted` replicas at the set point.
double set_point_floor(double wanted, Replicas current) {
  const bool carried = current >= wanted * (1.0 - kSetPointTolerance);
  return std::min(std::ceil(wanted - 1e-6), carried ? double(current) : kInfinity);
}

/// In the stage where the lag ends only existing pods serve at first. The mean of n would hide that: being short at first is not
/// made good by too many later. So the price is that of each part, a function of the mean through the second part alone. Left
/// alone where the existing pods are enough.
plant::ConvexCurve split_at_lag(const plant::ConvexCurve& cost, const plant::StageLimits& stage) {
  const double share = stage.known_share;
  if (share <= 0.0 || share >= 1.0 || cost.vertices().empty() || stage.known / share >= cost.vertices().back().x) return cost;
  const double before = share * cost(stage.known / share);
  std::vector<plant::Point> points;
  for (const plant::Point& p : cost.vertices()) points.push_back({stage.known + (1.0 - share) * p.x, before + (1.0 - share) * p.y});
  if (stage.known > 0.0) {
    const double steepest = points.size() > 1 ? (points[0].y - points[1].y) / (points[1].x - points[0].x) : 0.0;
    points.insert(points.begin(), {0.0, points[0].y + steepest * stage.known});
  }
  return plant::ConvexCurve::lower_hull(points);
}

/// The load of a scenario that the waiting times of stage k settle to: its mean over the last few delay limits up to the end of the
/// stage, where before now it was as it is. Waiting times follow a change of load only as fast as the queue fills; an overload that
/// is over sooner is the backlog's alone, and would be paid twice.
double settled_load(const Model& model, std::size_t s, std::size_t k) {
  const double window = kSettlingDelays * model.delay;
  if (window <= model.duration[k]) return model.load[s][k];
  double left = window, sum = 0.0;
  for (std::size_t i = k + 1; i-- > 0 && left > 0.0;) {
    const double part = std::min(left, model.duration[i]);
    sum += part * model.load[s][i];
    left -= part;
  }
  if (left > 0.0) sum += left * median_load(model, 0);
  return sum / window;
}

/// Late work by randomness, weighted over the scenarios, and the soft floor of the set point, as one function of n.
void price_ready(Model& model, const PlanRequest& request) {
  const plant::RandomService service = random_service(request);
  const double price = request.late_penalty;
  const double negligible = price > 0.0 ? kNegligibleLate / price : kInfinity;
  std::vector<plant::ConvexCurve> curves;
  std::vector<double> weights;
  for (std::size_t k = 0; k < model.stages(); ++k) {
    curves.clear();
    weights.clear();
    double gap = 0.0;
    for (std::size_t s = 0; s < model.scenarios(); ++s) {
      const double rate = settled_load(model, s, k) * request.capacity;
      plant::LateCurve late = plant::late_curve(service, rate, model.bounds[k].max, negligible);
      gap += model.probability[s] * late.gap;
      curves.push_back(std::move(late.curve));
      weights.push_back(model.probability[s] * price);
    }
    const double floor = set_point_floor(median_load(model, k) / request.target_utilization, request.current);
    if (floor > 0.0 && request.target_price > 0.0) {
      const plant::Point shortfall[] = {{0.0, floor}, {floor, 0.0}};
      curves.push_back(plant::ConvexCurve::lower_hull(shortfall));
      weights.push_back(request.target_price);
    }
    const plant::ConvexCurve cost = plant::merge_slopes(plant::weighted_sum(curves, weights), kSlopeSteps);
    model.ready_cost.push_back(split_at_lag(cost, model.limits[k]));
    model.envelope_gap = std::max(model.envelope_gap, gap);
  }
}

/// The growth that the bounds allow at most; no plan can serve more.
std::vector<double> fastest_growth(const Model& model) {
  std::vector<double> wanted;
  double replicas = model.current;
  for (const StageBounds& b : model.bounds) {
    replicas = std::min(replicas + b.start_max, b.max);
    wanted.push_back(replicas);
  }
  return wanted;
}

/// Work that is lost whatever the plan does is taken out of the arrivals, so that a hopeless queue is not chased.
void remove_hopeless(Model& model, const PlanRequest& request) {
  const std::vector<double> ready = plant::ready_path(model.limits, fastest_growth(model));
  std::optional<double> patience;
  if (request.abandonment) patience = *request.abandonment / model.period;
  for (std::size_t s = 0; s < model.scenarios(); ++s) {
    double backlog = model.backlog;
    for (std::size_t k = 0; k < model.stages(); ++k) {
      const auto step = plant::advance_queue(backlog, model.load[s][k], ready[k], model.duration[k], patience);
      backlog = step.backlog;
      model.abandoned[s].push_back(step.abandoned);
    }
  }
}

/// Price of the excess backlog at the end of stage k. Beyond the limit D mu n departures of the stage are late, once each, however
/// long they wait; linear in the excess this is right for the excess that departs within one stage (or one limit, if longer). It
/// stays below the truth for a shorter wait, and so never hedges a one-off burst for ever. (design/model.md, "Cost")
double excess_price(const Model& model, std::size_t k) {
  return model.late_price * model.duration[k] / std::max(model.duration[k], model.delay);
}

}  // namespace

bool Model::ready_at_once(std::size_t k) const {
  const plant::StageLimits& stage = limits[k];
  if (stage.known_share > 0.0 || stage.limits.size() != 1) return false;
  const auto& wanted = stage.limits.front().wanted;
  return wanted.size() == 1 && wanted.front().first == k && std::abs(wanted.front().second - 1.0) < 1e-9;
}

bool Model::separable() const {
  if (scenarios() != 1 || pools()) return false;
  for (std::size_t k = 0; k < stages(); ++k) {
    if (!ready_at_once(k)) return false;
  }
  return true;
}

Model make_model(const PlanRequest& request) {
  Model model;
  model.period = request.grid.duration[0];
  for (double d : request.grid.duration) model.duration.push_back(d / model.period);
  for (const auto& scenario : request.scenarios) {
    model.probability.push_back(scenario.probability);
    auto& load = model.load.emplace_back();
    for (std::size_t k = 0; k < model.stages(); ++k) load.push_back(std::max(0.0, scenario.rate[k]) / request.capacity);
  }
  model.backlog = std::max(0.0, request.backlog) / (request.capacity * model.period);
  model.delay = request.max_queue_delay / model.period;
  model.late_price = std::max(0.0, request.late_penalty) * request.capacity;
  model.start_cost = request.start_cost / model.period;
  model.stop_cost = request.stop_cost / model.period;
  model.current = request.current;
  model.ready_now = std::min(request.ready, request.current);
  model.pooling = std::clamp(request.pooling, 0.0, 1.0);
  model.bounds = reconcile_bounds(request);
  model.limits = plant::ready_limits(request.grid, std::max(0.0, request.startup), model.ready_now, request.pending_due);
  model.abandoned.resize(model.scenarios());
  model.joining.resize(model.scenarios());
  for (std::size_t k = 0; k < model.stages(); ++k) {
    model.excess_price.push_back(excess_price(model, k));
    for (std::size_t s = 0; s < model.scenarios(); ++s) {
      const double reference = model.load[s][k] / request.target_utilization;
      model.joining[s].push_back(plant::joining_share(model.ready_now, model.pooling, reference));
    }
  }
  remove_hopeless(model, request);
  price_ready(model, request);
  return model;
}

}  // namespace spillway::plan
