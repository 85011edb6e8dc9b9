#include "bench/forecast/warnings.hpp"

#include <algorithm>
#include <vector>

#include "bench/lab/contenders.hpp"
#include "bench/lab/spillway_law.hpp"

namespace spillway::bench {
namespace {

/// Spillway, with every outlook kept.
class Listener : public Law {
 public:
  struct Statement {
    double time = 0.0;
    forecast::Outlook outlook;
    double horizon = 0.0;
  };
  explicit Listener(const Policy& policy) : law_(policy) {}
  std::string name() const override { return law_.name(); }
  double period() const override { return law_.period(); }
  Replicas decide(const Sight& sight) override {
    const Replicas replicas = law_.decide(sight);
    said.push_back({sight.now, law_.last_trace().outlook, law_.last_trace().grid.end()});
    return replicas;
  }
  std::vector<Statement> said;

 private:
  SpillwayLaw law_;
};

}  // namespace

WarningResult score_warnings(const Scenario& given) {
  Scenario scenario = given;
  Listener law(policy_for(scenario));
  scenario.record_interval = std::min(5.0, law.period());
  const Run played = run(scenario, law);

  constexpr double kAlarm = 0.1, kBusy = 0.90;
  const Seconds within(forecast::kBreachWithin);
  forecast::EventScore breach(within, kAlarm);
  std::vector<forecast::EventScore> others;
  for (const double threshold : WarningResult::kThresholds) others.emplace_back(within, threshold);
  WarningResult result;
  result.scenario = scenario.name;
  auto said = law.said.begin();
  for (const Tick& tick : played.ticks) {
    const double limit = scenario.plant.late_after * scenario.service.capacity * tick.ready;
    const bool over = tick.backlog > limit;
    breach.see(Seconds(tick.time), over);
    for (auto& other : others) other.see(Seconds(tick.time), over);
    result.saturation.see(Seconds(tick.time), tick.offered > scenario.service.capacity * tick.ready);
    for (; said != law.said.end() && said->time <= tick.time + 1e-9; ++said) {
      const bool busy = tick.utilization > kBusy;
      breach.say(Seconds(tick.time), said->outlook.breach_probability, busy);
      for (auto& other : others) other.say(Seconds(tick.time), said->outlook.breach_probability, busy);
      result.saturation.say(Seconds(tick.time), said->outlook.time_to_saturation, Seconds(said->horizon));
    }
  }
  result.breach = breach.scores();
  for (std::size_t i = 0; i < others.size(); ++i) result.by_threshold[i] = others[i].scores().forecast;
  return result;
}

}  // namespace spillway::bench
