#include "bench/lab/step_response.hpp"

#include <array>

#include "bench/lab/contenders.hpp"
#include "bench/lab/means.hpp"
#include "bench/lab/parallel.hpp"

namespace spillway::bench {
namespace {

constexpr double kRise = 5.0;
constexpr double kCalm = 1800.0, kAfter = 1800.0;                     // seconds before and after the step
constexpr std::array<double, 5> kPlaces = {0.0, 0.2, 0.4, 0.6, 0.8};  // of a control period after a decision

/// Everything at the first sign of the step. Nobody who has to see it first is faster.
class CausalFloor : public Law {
 public:
  CausalFloor(Service service, double before) : service_(service), before_(before) {}
  std::string name() const override { return "causal floor"; }
  double period() const override { return service_.period; }
  Replicas decide(const Sight& sight) override {
    // A rate over a window shows a part of a step; 1.5 is far beyond the noise of arrivals.
    seen_ = seen_ || (sight.seen.arrival_rate.value && *sight.seen.arrival_rate.value > 1.5 * before_);
    return seen_ ? service_.max : sight.seen.replicas;
  }

 private:
  Service service_;
  double before_;
  bool seen_ = false;
};

struct Step {
  Scenario scenario;
  double before = 0.0;  // requests per second
  double at = 0.0;      // seconds
};

Step step_at(const SuiteOptions& options, double lag, double place) {
  Step step;
  const PlantConfig plant;
  const double after = options.peak_replicas * plant.capacity() * options.target;
  step.before = after / kRise;
  NamedTrace trace{"step", {}};
  trace.trace.time = {0.0};
  trace.trace.rate = {step.before};
  step.scenario = suite_scenario(options, trace, lag);
  step.at = kCalm + place * step.scenario.service.period;
  // Bins of a second about the step, so that the last bin is no longer than the rest.
  for (double t = 1.0; t < step.at + kAfter; t += 1.0) {
    trace.trace.time.push_back(t);
    trace.trace.rate.push_back(t < step.at ? step.before : after);
  }
  step.scenario.trace = trace.trace;
  step.scenario.record_interval = 1.0;
  return step;
}

/// Seconds from the step until, after it, no more waits than may.
double drained_after(const Step& step, const Run& run) {
  bool over = false;
  for (const Tick& tick : run.ticks) {
    if (tick.time <= step.at) continue;
    const double limit = step.scenario.plant.late_after * step.scenario.service.capacity * tick.ready;
    if (over && tick.backlog <= limit) return tick.time - step.at;
    over = over || tick.backlog > limit;
  }
  return over ? kAfter : 0.0;
}

struct Response {
  std::string law;
  std::vector<double> seconds, cost;
};

}  // namespace

Result<std::vector<ReportTable>> step_tables(const SuiteOptions& options) {
  std::vector<std::string> names = options.laws;
  if (names.empty())
    for (const Contender& contender : contenders()) names.push_back(contender.name);
  std::vector<ReportTable> tables;
  for (const double lag : options.lags) {
    std::vector<Response> responses(names.size() + 1);
    std::vector<std::optional<Error>> failures(responses.size());
    for_each_index(responses.size(), options.threads, [&](std::size_t i) {
      for (const double place : kPlaces) {
        const Step step = step_at(options, lag, place);
        auto law = i == 0 ? Result<LawPtr>(std::make_unique<CausalFloor>(step.scenario.service, step.before))
                          : make_law(names[i - 1], step.scenario, policy_for(step.scenario));
        if (!law) {
          failures[i] = law.error();
          return;
        }
        const Run played = run(step.scenario, **law);
        responses[i].law = played.summary.law;
        responses[i].seconds.push_back(drained_after(step, played));
        responses[i].cost.push_back(played.summary.cost);
      }
    });
    for (const auto& failure : failures)
      if (failure) return *failure;
    ReportTable table;
    table.title = "A step to five times the demand, D = " + short_number(lag) + " s";
    table.header = {"law", "drained after s", "over the causal floor", "cost over the floor's"};
    table.note = "Medians over five places of the step between two decisions. Drained: no more waits than is served within the limit of lateness.";
    for (const Response& response : responses) {
      table.rows.push_back({response.law, fixed(median(response.seconds), 0), fixed(median(response.seconds) / median(responses[0].seconds), 2),
                            fixed(median(response.cost) / median(responses[0].cost), 2)});
    }
    tables.push_back(std::move(table));
  }
  return tables;
}

}  // namespace spillway::bench
