#include "bench/lab/closed_loop.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace spillway::bench {
namespace {

int sign(double x) {
  return (x > 0.0) - (x < 0.0);
}

// Second by second bookkeeping of one run.
class Recorder {
 public:
  Recorder(const Scenario& scenario, const Plant& plant)
      : scenario_(scenario), plant_(plant), last_row_(scenario.trace.begin()), supply_(plant.ready()) {}

  void second(double time, double span) {
    const double rate = rate_at(time - 0.5 * span);
    const Replicas needed = scenario_.needed(rate);
    const Replicas supply = plant_.ready();
    ideal_ += needed * span;
    under_ += span * std::max(0, needed - supply) / std::max(1, needed);
    over_ += span * std::max(0, supply - needed) / std::max(1, needed);
    under_time_ += supply < needed ? span : 0.0;
    over_time_ += supply > needed ? span : 0.0;
    if (needed_ >= 0 && sign(supply - supply_) != sign(needed - needed_)) unstable_ += span;
    supply_ = supply;
    needed_ = needed;

    const auto& totals = plant_.accounting();
    const double limit = plant_.config().late_after * plant_.config().capacity() * supply;
    const bool breach = static_cast<double>(totals.waiting) > limit;
    stretch_ = breach ? stretch_ + span : 0.0;
    breach_ += breach ? span : 0.0;
    longest_ = std::max(longest_, stretch_);
    most_ = std::max(most_, plant_.replicas());
    if (time >= last_row_ + scenario_.record_interval - 1e-9) row(time);
  }

  Run finish(const std::string& law, std::vector<Move> moves);

 private:
  double rate_at(double time) {
    const Trace& trace = scenario_.trace;
    while (bin_ + 1 < trace.size() && trace.time[bin_ + 1] <= time) ++bin_;
    return trace.rate[bin_];
  }

  void row(double time) {
    const auto& now = plant_.accounting();
    const double span = time - last_row_;
    Tick tick;
    tick.time = time;
    tick.offered = static_cast<double>(now.offered - before_.offered) / span;
    tick.throughput = static_cast<double>(now.completed - before_.completed) / span;
    tick.backlog = static_cast<double>(now.waiting);
    const bool served = plant_.latencies().total() > latencies_before_.total();
    tick.latency_p95 =
        served ? plant_.latencies().quantile_since(0.95, latencies_before_) : std::numeric_limits<double>::quiet_NaN();
    const double ready = now.ready_seconds - before_.ready_seconds;
    tick.utilization = ready > 0.0 ? (now.busy_seconds - before_.busy_seconds) / ready : 0.0;
    tick.late = static_cast<double>(now.late - before_.late) / span;
    tick.replicas = plant_.replicas();
    tick.ready = plant_.ready();
    tick.needed = needed_;
    ticks_.push_back(tick);
    before_ = now;
    latencies_before_ = plant_.latencies();
    last_row_ = time;
  }

  const Scenario& scenario_;
  const Plant& plant_;
  std::size_t bin_ = 0;
  double last_row_;
  Replicas supply_;
  Replicas needed_ = -1;
  double ideal_ = 0.0, under_ = 0.0, over_ = 0.0, under_time_ = 0.0, over_time_ = 0.0, unstable_ = 0.0;
  double breach_ = 0.0, stretch_ = 0.0, longest_ = 0.0;
  Replicas most_ = 0;
  Accounting before_;
  Histogram latencies_before_;
  std::vector<Tick> ticks_;
};

double percentile(std::vector<double> values, double q) {
  if (values.empty()) return 0.0;
  const auto at = static_cast<std::ptrdiff_t>(q * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + at, values.end());
  return values[static_cast<std::size_t>(at)];
}

Run Recorder::finish(const std::string& law, std::vector<Move> moves) {
  Summary s;
  s.law = law;
  s.totals = plant_.accounting();
  s.totals.late += plant_.overdue();
  s.duration = scenario_.trace.end() - scenario_.trace.begin();
  const auto offered = static_cast<double>(std::max<std::uint64_t>(1, s.totals.offered));
  s.late_share = static_cast<double>(s.totals.late) / offered;
  const auto failed = static_cast<double>(s.totals.abandoned + s.totals.refused);
  const auto ended = static_cast<double>(s.totals.completed) + failed;
  s.success_share = ended > 0.0 ? static_cast<double>(s.totals.completed) / ended : 1.0;
  const auto& waits = plant_.waits();
  s.wait_p50 = waits.quantile(0.5), s.wait_p95 = waits.quantile(0.95), s.wait_p99 = waits.quantile(0.99);
  s.wait_max = waits.max();
  const auto& latencies = plant_.latencies();
  s.latency_p50 = latencies.quantile(0.5), s.latency_p95 = latencies.quantile(0.95);
  s.latency_p99 = latencies.quantile(0.99), s.latency_max = latencies.max();
  s.replica_seconds = s.totals.replica_seconds;
  s.ideal_replica_seconds = ideal_;
  s.mean_replicas = s.replica_seconds / s.duration;
  s.max_replicas = most_;
  int last_direction = 0;
  for (const Move& move : moves) {
    const int direction = sign(move.to - move.from);
    s.variation += std::abs(move.to - move.from);
    s.reversals += last_direction != 0 && direction != last_direction;
    last_direction = direction;
  }
  s.moves = static_cast<int>(moves.size());
  s.breach_seconds = breach_;
  s.recovery = longest_;
  s.utilization_mean = s.totals.ready_seconds > 0.0 ? s.totals.busy_seconds / s.totals.ready_seconds : 0.0;
  std::vector<double> utilizations;
  for (const Tick& tick : ticks_) utilizations.push_back(tick.utilization);
  s.utilization_p95 = percentile(std::move(utilizations), 0.95);
  const double scale = 100.0 / s.duration;
  s.elasticity = {under_ * scale, over_ * scale, under_time_ * scale, over_time_ * scale, unstable_ * scale};
  s.cost = s.replica_seconds + scenario_.penalty() * static_cast<double>(s.totals.late);
  return {s, std::move(ticks_), std::move(moves)};
}

}  // namespace

Replicas Scenario::needed(double rate) const {
  const double pods = rate / (service.capacity * service.target);
  return std::clamp(static_cast<Replicas>(std::ceil(pods - 1e-9)), service.min, service.max);
}

Run run(const Scenario& scenario, Law& law) {
  Plant plant(scenario.plant, scenario.trace);
  SensorBank sensors(scenario.sensors, scenario.faults);
  Recorder recorder(scenario, plant);
  std::vector<Move> moves;
  const double start = scenario.trace.begin();
  const double end = scenario.trace.end();
  double now = start;
  double last_second = start;
  long decisions = 0;
  double system_before = 0.0;
  while (now < end - 1e-9) {
    const double next_decision = start + static_cast<double>(decisions + 1) * law.period();
    const double next_second = std::floor(now + 1e-9) + 1.0;
    now = std::min({next_second, next_decision, end});
    plant.run_until(now);
    if (now >= std::min(next_second, end) - 1e-9) {
      recorder.second(now, now - last_second);
      last_second = now;
    }
    if (now < next_decision - 1e-9 || now >= end - 1e-9) continue;
    ++decisions;
    const double system = plant.accounting().system_seconds;
    Sight sight{now, sensors.read(plant.observe(), now), (system - system_before) / law.period()};
    system_before = system;
    const Replicas before = plant.replicas();
    plant.scale(law.decide(sight));
    if (plant.replicas() != before) moves.push_back({now, before, plant.replicas()});
  }
  return recorder.finish(law.name(), std::move(moves));
}

}  // namespace spillway::bench
