#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "controllers/autoscaler_policy/caches.hpp"
#include "controllers/autoscaler_policy/observe.hpp"
#include "controllers/autoscaler_policy/onlooker.hpp"
#include "controllers/autoscaler_policy/report.hpp"
#include "operator/kube/events.hpp"
#include "operator/runtime/reconciler.hpp"
#include "operator/runtime/shards.hpp"
#include "operator/telemetry/metrics.hpp"

namespace spillway::autoscaler_policy {

/// Everything that a reconciler works with; all of it outlives the reconciler.
struct Surroundings {
  Caches& caches;
  kube::Client& client;  ///< writes as kFieldManager
  kube::RestMapper& mapper;
  kube::EventRecorder& events;
  io::Transport& transport;  ///< to Prometheus
  telemetry::MetricRegistry& metrics;
  const io::Clock& clock;
  std::function<runtime::Standing(const kube::ObjectKey&)> standing;  ///< whose a policy is; asked before each write
  std::function<void(const std::string&)> record;  ///< takes a line of the decision record; empty = none
  Onlooker* onlooker = nullptr;                    ///< hears what each reconcile came to
  const push::PointStore* points = nullptr;        ///< of services outside Prometheus
};

struct Settings {
  MetricDefaults metrics;
  ZoneThresholds zones;
};

/// Runs one policy's control loop: observe -> step -> act -> report, every control period on a grid of its own, and at
/// once when the policy, its target or a rival changed. Everything that it remembers between calls can be found out
/// again after a restart.
class PolicyReconciler final : public runtime::Reconciler {
 public:
  PolicyReconciler(Surroundings surroundings, Settings settings);
  ~PolicyReconciler() override;
  Result<runtime::Next> reconcile(const runtime::Request& request) override;

  /// A copy of what a policy's controller remembers now, for a shadow twin; nothing before its first decision.
  std::optional<loop::Memory> fork_memory(const kube::ObjectKey& key);
  /// A policy's recorded demand, asked of Prometheus now; empty for a policy without a query. Blocks.
  Result<std::vector<HistoryPoint>> read_past(const kube::ObjectKey& key);

 private:
  struct State;

  State& state_of(const PolicyObject& object);
  void introduce_policies();
  void forget_policy(const kube::ObjectKey& key);
  static void forget_model(State& state);
  std::optional<Rival> look_for_rival(const PolicyObject& object);
  std::optional<Obstacle> find_obstacle(const PolicyObject& object, const Result<Target>& target, State& state);
  Verdict decide_and_act(const PolicyObject& object, const Target& target, State& state, Findings& findings);
  Observation observe(const v1alpha1::AutoscalerPolicy& policy, const Target& target, State& state, Findings& findings);
  void remember_past(const v1alpha1::AutoscalerPolicy& policy, const Result<prometheus::Server>& server, State& state,
                     Seconds now);
  void report(const std::shared_ptr<const PolicyObject>& object, State& state, const Findings& findings);
  void record(const std::string& line) const;
  bool owns(const kube::ObjectKey& policy) const { return around_.standing(policy) == runtime::Standing::kOurs; }

  Surroundings around_;
  Settings settings_;
  SecretReader secrets_;
  std::mutex mutex_;  ///< of states_; one policy is never worked on twice at once, so its State needs none
  std::map<kube::ObjectKey, std::unique_ptr<State>> states_;
};

}  // namespace spillway::autoscaler_policy
