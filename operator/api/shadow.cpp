#include "operator/api/shadow.hpp"

#include <algorithm>
#include <cmath>

#include "bench/lab/spillway_law.hpp"
#include "crds/v1alpha1/resolve.hpp"
#include "crds/v1alpha1/schedule.hpp"

namespace spillway::api {
namespace {

constexpr double kScrapeInterval = 5.0;
constexpr Seconds kCalendarMargin{3600.0};

/// The law with the calendar of its policy, which the plant knows nothing about.
class ScheduledLaw final : public bench::Law {
 public:
  ScheduledLaw(bench::SpillwayLaw law, const v1alpha1::AutoscalerPolicySpec& spec) : law_(std::move(law)), spec_(spec) {}
  std::string name() const override { return law_.name(); }
  double period() const override { return law_.period(); }
  Replicas decide(const bench::Sight& sight) override {
    bench::Sight seen = sight;
    const Seconds now(sight.now);
    seen.seen.calendar = v1alpha1::calendar_windows(spec_.schedule, now, now + law_.policy().horizon + kCalendarMargin).value_or(std::vector<CalendarWindow>{});
    return law_.decide(seen);
  }

 private:
  bench::SpillwayLaw law_;
  const v1alpha1::AutoscalerPolicySpec& spec_;
};

/// The law's own policy, acting, and told what was learned.
Policy law_of(const Play& play) {
  Policy law = v1alpha1::resolve(play.spec).policy;
  law.mode = Mode::kActive;
  if (!law.capacity) law.capacity = play.service.capacity;
  if (!law.concurrency) law.concurrency = play.service.concurrency;
  if (!law.startup) law.startup = Seconds(play.service.startup);
  return law;
}

bench::Scenario scenario_of(const Play& play, const Policy& law) {
  bench::Scenario scenario;
  scenario.trace = play.demand;
  scenario.plant.service_time = play.service.concurrency / play.service.capacity;
  scenario.plant.concurrency = play.service.concurrency;
  scenario.plant.queueing = bench::Queueing::kLeastOutstanding;
  scenario.plant.startup = play.service.startup;
  scenario.plant.late_after = law.max_queue_delay.value();
  scenario.plant.initial = play.initial;
  scenario.plant.rate_window = std::max(law.rate_window.value(), kScrapeInterval);
  scenario.plant.scrape_interval = kScrapeInterval;
  scenario.plant.counts_completions = law.arrival_rate_counts_completions;
  scenario.plant.capacity_changes = play.capacity_changes;
  scenario.plant.seed = play.seed;
  scenario.service = {play.service.capacity, static_cast<double>(play.service.concurrency), law.target_utilization, law.min_replicas, law.max_replicas,
                      law.control_period.value(), play.service.startup};
  scenario.late_penalty = law.late_penalty.value_or(0.0);
  const v1alpha1::Metrics& metrics = play.spec.metrics;
  const bool pushed = metrics.push.has_value();
  scenario.sensors = {pushed || metrics.throughput, pushed || metrics.backlog, pushed || metrics.latency, pushed || metrics.utilization};
  scenario.record_interval = law.control_period.value();
  return scenario;
}

}  // namespace

Result<Service> learned_service(const insight::PolicyView& view) {
  if (!view.verdict) return Error{ErrorKind::kInvalid, "no decision was taken yet, so nothing is known about the service"};
  const auto& estimate = view.verdict->trace.estimate;
  if (!(estimate.capacity.value > 0.0) || !std::isfinite(estimate.capacity.value))
    return Error{ErrorKind::kInvalid, "the capacity of a replica is not known yet"};
  return Service{estimate.capacity.value, std::clamp(static_cast<int>(std::lround(estimate.concurrency.value)), 1, 100000), std::max(estimate.startup_p50, 0.0)};
}

bench::Run play(const Play& play) {
  const Policy law = law_of(play);
  const bench::Scenario scenario = scenario_of(play, law);
  bench::SpillwayLaw spillway = play.memory ? bench::SpillwayLaw(law, *play.memory) : bench::SpillwayLaw(law, play.past, Seconds(play.demand.begin()));
  ScheduledLaw scheduled(std::move(spillway), play.spec);
  return bench::run(scenario, scheduled);
}

double requests_of(const bench::Trace& demand) {
  double requests = 0.0;
  for (std::size_t i = 0; i < demand.size(); ++i) requests += demand.rate[i] * (demand.bin_end(i) - demand.time[i]);
  return requests;
}

}  // namespace spillway::api
