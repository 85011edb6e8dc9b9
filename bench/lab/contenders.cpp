#include "bench/lab/contenders.hpp"

#include "bench/lab/spillway_law.hpp"
#include "bench/laws/hpa.hpp"
#include "bench/laws/kpa.hpp"
#include "bench/laws/predictive_hpa.hpp"
#include "bench/laws/reference_qp.hpp"
#include "bench/laws/simple_laws.hpp"

namespace spillway::bench {

Policy policy_for(const Scenario& scenario) {
  const Service& service = scenario.service;
  Policy policy;
  policy.min_replicas = service.min;
  policy.max_replicas = service.max;
  policy.control_period = Seconds(service.period);
  policy.target_utilization = service.target;
  policy.max_queue_delay = Seconds(scenario.plant.late_after);
  if (scenario.late_penalty > 0.0) policy.late_penalty = scenario.late_penalty;
  policy.arrival_rate_counts_completions = scenario.plant.counts_completions;
  policy.rate_window = Seconds(scenario.plant.rate_window);
  policy.capacity = service.capacity;
  policy.concurrency = service.concurrency;
  policy.startup = Seconds(service.startup);
  return policy;
}

const std::vector<Contender>& contenders() {
  static const std::vector<Contender> all = {
      {"spillway", "the controller of this project"},
      {"hpa", "HPA v2 on utilisation"},
      {"hpa-rate", "HPA v2 on requests per second and pod"},
      {"kpa", "Knative's autoscaler on concurrency"},
      {"keda", "an HPA on queue length, as KEDA feeds it"},
      {"predictive", "predictive HPA (Holt-Winters over replica counts)"},
      {"rule", "ceil((lambda + backlog/T) / (rho mu))"},
      {"rule-max", "the same, largest value of 300 s"},
      {"qp", "the reference laboratory's quadratic program"},
      {"static-max", "always maxReplicas"},
      {"broken", "shrinks when load grows"},
  };
  return all;
}

Result<LawPtr> make_law(const std::string& name, const Scenario& scenario, const Policy& policy) {
  const Service& s = scenario.service;
  if (name == "spillway") {
    const Seconds start(scenario.trace.begin());
    return LawPtr(std::make_unique<SpillwayLaw>(policy, std::span<const HistoryPoint>(), start));
  }
  if (name == "hpa") return LawPtr(std::make_unique<Hpa>(s, HpaMetric::kUtilization, s.target));
  if (name == "hpa-rate") return LawPtr(std::make_unique<Hpa>(s, HpaMetric::kRate, s.target));
  if (name == "keda") return LawPtr(std::make_unique<Hpa>(s, HpaMetric::kQueueLength, s.target));
  if (name == "kpa") return LawPtr(std::make_unique<Kpa>(s, s.target));
  if (name == "predictive")
    return LawPtr(std::make_unique<PredictiveHpa>(s, s.target, 240));  // an hour of syncs as season
  if (name == "rule") return LawPtr(std::make_unique<OneLineRule>(s, 0.0));
  if (name == "rule-max") return LawPtr(std::make_unique<OneLineRule>(s, 300.0));
  if (name == "qp") {
    ReferenceWeights weights;  // its defaults are made for at most 12 replicas: scale R and the step with the bounds
    weights.rho = s.target;
    weights.replicas = s.max;
    weights.max_step = std::max(2, s.max / 6);
    return LawPtr(std::make_unique<ReferenceQp>(s, weights));
  }
  if (name == "static-max") return LawPtr(std::make_unique<Static>(s, s.max));
  if (name == "broken") return LawPtr(std::make_unique<Broken>(s));
  std::string known;
  for (const Contender& contender : contenders()) known += (known.empty() ? "" : ", ") + std::string(contender.name);
  return Error{ErrorKind::kInvalid, "law: " + name + ": allowed are " + known};
}

}  // namespace spillway::bench
