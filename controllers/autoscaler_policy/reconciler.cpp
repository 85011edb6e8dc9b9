#include "controllers/autoscaler_policy/reconciler.hpp"

#include <algorithm>

#include "controllers/autoscaler_policy/annotations.hpp"
#include "controllers/autoscaler_policy/events.hpp"
#include "controllers/autoscaler_policy/policy_metrics.hpp"
#include "controllers/autoscaler_policy/status_writer.hpp"
#include "controllers/autoscaler_policy/tick_grid.hpp"
#include "crds/v1alpha1/resolve.hpp"
#include "crds/v1alpha1/schedule.hpp"
#include "operator/record/decision_record.hpp"
#include "operator/telemetry/log.hpp"
#include "operator/telemetry/operator_metrics.hpp"

namespace spillway::autoscaler_policy {
namespace {

using runtime::Next;

/// How soon to look again while a cache fills or after somebody else was faster.
constexpr std::chrono::milliseconds kSoon{100};
/// How far ahead of the horizon the calendar is looked up: longer than any start-up lag.
constexpr Seconds kCalendarMargin{3600.0};
constexpr std::chrono::seconds kHistoryRetry{30};

/// What makes a decision due before its tick when it changes.
struct Situation {
  std::int64_t policy_generation = 0;
  std::string target_uid;  ///< or why there is none
  std::int64_t target_generation = 0;
  std::string rival;
  std::string decide_now;  ///< annotation kDecideNow
  std::string relearn;     ///< annotation kRelearn
  bool operator==(const Situation&) const = default;
};

Situation situation_of(const PolicyObject& object, const Result<Target>& target, const std::optional<Rival>& rival) {
  Situation situation{object.meta.generation, {}, 0, rival ? rival->who : "", annotation(object, kDecideNow), annotation(object, kRelearn)};
  if (target) {
    situation.target_uid = target->meta.uid;
    situation.target_generation = target->meta.generation;
  } else {
    situation.target_uid = to_string(target.error().kind);
  }
  return situation;
}

Obstacle target_obstacle(const Error& error) {
  switch (error.kind) {
    case ErrorKind::kNotFound:
      return {"TargetNotFound", error.message, true, false};
    case ErrorKind::kInvalid:
      return {"TargetNotScalable", error.message, true, true};
    case ErrorKind::kForbidden:
      return {"Forbidden", "the target cannot be read: " + error.message, true, false};
    default:
      return {"TargetUnavailable", std::string(to_string(error.kind)) + ": " + error.message, true, false};
  }
}

v1alpha1::ObjectMetadata metadata_of(const PolicyObject& object) {
  v1alpha1::ObjectMetadata metadata;
  metadata.name = object.meta.name;
  metadata.namespace_name = object.meta.ns;
  metadata.uid = object.meta.uid;
  return metadata;
}

/// Times one stage of a decision for spillway_stage_seconds.
class StageTimer {
 public:
  StageTimer(telemetry::MetricRegistry& registry, const io::Clock& clock, const char* stage)
      : histogram_(registry.histogram(telemetry::metric::kStageSeconds, {{"stage", stage}})),
        clock_(clock),
        start_(clock.monotonic()) {}
  ~StageTimer() { histogram_.observe(std::chrono::duration<double>(clock_.monotonic() - start_).count()); }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  telemetry::Histogram histogram_;
  const io::Clock& clock_;
  io::MonotonicTime start_;
};

}  // namespace

/// What is kept about one policy between calls.
struct PolicyReconciler::State {
  std::string uid;
  TickGrid ticks;
  Situation situation;  ///< at the last decision
  Seconds last_now{0.0};
  v1alpha1::ResolvedPolicy resolved;
  std::int64_t resolved_generation = -1;
  std::mutex memory_mutex;             ///< the memory is copied by others than the worker (fork_memory)
  std::optional<loop::Memory> memory;
  bool past_known = false;  ///< history was read, or there is none
  io::MonotonicTime past_tried{};
  bool moved = false;  ///< since the memory began
  StartupLedger startups;
  RivalWatch rivals;
  OtherWriters writers;
  v1alpha1::AutoscalerPolicyStatus status;   ///< newest
  v1alpha1::AutoscalerPolicyStatus written;  ///< as the server has it
  io::MonotonicTime written_at{};
};

Result<std::vector<HistoryPoint>> PolicyReconciler::read_past(const kube::ObjectKey& key) {
  const auto object = around_.caches.policy(key);
  if (!object || !object->policy) return Error{ErrorKind::kNotFound, "there is no policy " + key.to_string()};
  const auto server = prometheus_server(*object->policy, settings_.metrics, secrets_);
  auto history = read_history(server, *object->policy, around_.transport, io::to_seconds(around_.clock.wall()));
  if (!history) return history.error();
  return std::move(history->points);
}

/// Somebody asked to learn anew: the next decision begins with a fresh memory and the recorded past.
void PolicyReconciler::forget_model(State& state) {
  std::lock_guard lock(state.memory_mutex);
  state.memory.reset();
  state.past_known = false;
  state.moved = false;
  state.startups = {};
}

PolicyReconciler::PolicyReconciler(Surroundings surroundings, Settings settings)
    : around_(std::move(surroundings)), settings_(std::move(settings)), secrets_(around_.client, around_.clock) {}

PolicyReconciler::~PolicyReconciler() = default;

PolicyReconciler::State& PolicyReconciler::state_of(const PolicyObject& object) {
  std::lock_guard lock(mutex_);
  if (states_.empty()) introduce_policies();
  auto& slot = states_[object.meta.key()];
  if (!slot || slot->uid != object.meta.uid) {
    if (slot && around_.onlooker) around_.onlooker->forgotten(object.meta.key());
    slot = std::make_unique<State>();
    slot->uid = object.meta.uid;
    slot->written_at = around_.clock.monotonic() - std::chrono::hours(1);
    if (object.policy) slot->status = slot->written = object.policy->status;
  }
  return *slot;
}

/// A large fleet takes a while to be decided on: the onlooker is told of all at once.
void PolicyReconciler::introduce_policies() {
  if (!around_.onlooker) return;
  auto keys = around_.caches.policy_keys();
  std::erase_if(keys, [&](const kube::ObjectKey& key) { return !owns(key); });
  around_.onlooker->found(keys);
}

void PolicyReconciler::forget_policy(const kube::ObjectKey& key) {
  std::lock_guard lock(mutex_);
  if (around_.onlooker) around_.onlooker->forgotten(key);
  if (states_.erase(key) > 0) forget(around_.metrics, key);
}

std::optional<loop::Memory> PolicyReconciler::fork_memory(const kube::ObjectKey& key) {
  std::lock_guard lock(mutex_);
  const auto found = states_.find(key);
  if (found == states_.end()) return std::nullopt;
  std::lock_guard memory_lock(found->second->memory_mutex);
  return found->second->memory;
}

void PolicyReconciler::record(const std::string& line) const {
  if (around_.record) around_.record(line);
}

std::optional<Rival> PolicyReconciler::look_for_rival(const PolicyObject& object) {
  const std::string& ns = object.meta.ns;
  Neighbours neighbours{around_.caches.autoscalers(ns), {}, around_.caches.policies(ns)};
  const auto keda = around_.mapper.find({"keda.sh", "v1alpha1", "ScaledObject"});
  if (keda) neighbours.scaled_objects = around_.caches.scaled_objects(keda->type, ns);
  return find_rival(object, neighbours);
}

Result<Next> PolicyReconciler::reconcile(const runtime::Request& request) {
  const runtime::Standing standing = around_.standing(request);
  if (standing == runtime::Standing::kUnknown) return Next::again_after(kSoon);
  if (standing == runtime::Standing::kOthers) {
    forget_policy(request);  // whoever has it changes what is remembered here; it is looked at again when it becomes ours
    return Next::done();
  }
  const auto object = around_.caches.policy(request);
  if (!object || object->meta.deleted) {
    forget_policy(request);
    return Next::done();
  }
  State& state = state_of(*object);
  Findings findings;
  Result<Target> target = Error{ErrorKind::kInvalid, object->error};
  if (object->policy) {
    target =
        find_target(object->policy->spec.scale_target_ref, request.ns, around_.caches, around_.mapper, around_.client);
    if (!target && target.error().kind == ErrorKind::kTransient && !state.memory) return Next::again_after(kSoon);
    findings.mode = object->policy->spec.mode;
    const std::chrono::seconds period(object->policy->spec.control_period_seconds);
    findings.rival = state.rivals.look(look_for_rival(*object), around_.clock.monotonic(), period);
    state.ticks.use_period(period, around_.clock.monotonic());
  } else {
    state.ticks.use_period(std::chrono::minutes(1), around_.clock.monotonic());
  }

  const io::MonotonicTime now = around_.clock.monotonic();
  const auto until_due = [&] {
    const auto left = state.ticks.due() - around_.clock.monotonic();
    return Next::again_after(
        std::max(std::chrono::milliseconds(0), std::chrono::ceil<std::chrono::milliseconds>(left)));
  };
  const Situation situation = situation_of(*object, target, findings.rival);
  if (situation == state.situation && !state.ticks.is_due(now)) return until_due();
  if (state.ticks.is_due(now) && state.memory) {
    around_.metrics.histogram(telemetry::metric::kDecisionLateness)
        .observe(std::chrono::duration<double>(now - state.ticks.due()).count());
  }
  if (const int missed = state.ticks.advance(now); missed > 0) {
    around_.metrics.counter(telemetry::metric::kTickOverruns).add(missed);
  }
  if (situation.target_uid != state.situation.target_uid)
    state.writers.reset();  // another object: nothing of ours stands in it
  if (state.memory && situation.relearn != state.situation.relearn) forget_model(state);
  state.situation = situation;

  findings.now = std::max(state.last_now, io::to_seconds(around_.clock.wall()));
  state.last_now = findings.now;
  findings.obstacle = find_obstacle(*object, target, state);
  if (!findings.obstacle) findings.verdict = decide_and_act(*object, *target, state, findings);
  findings.effective_parameters = state.resolved.effective_parameters;
  report(object, state, findings);
  if (findings.verdict && findings.verdict->write.outcome == WriteOutcome::kConflict) {
    state.situation = {};  // somebody was faster: observe and decide again
    return Next::again_after(kSoon);
  }
  return until_due();
}

std::optional<Obstacle> PolicyReconciler::find_obstacle(const PolicyObject& object, const Result<Target>& target,
                                                        State& state) {
  if (!object.policy) return Obstacle{"InvalidSpec", object.error, false, true};
  const v1alpha1::AutoscalerPolicySpec& spec = object.policy->spec;
  if (state.resolved_generation != object.meta.generation) {
    state.resolved = v1alpha1::resolve(spec);
    state.resolved_generation = object.meta.generation;
    if (state.memory) record(record::policy_line(object.meta.key().to_string(), state.resolved.policy));
  }
  if (const auto calendar = v1alpha1::calendar_windows(spec.schedule, state.last_now, state.last_now); !calendar) {
    return Obstacle{"InvalidSchedule", calendar.error().message, false, true};
  }
  if (spec.metrics.arrival_rate && !spec.metrics.prometheus.address && settings_.metrics.server.address.empty()) {
    return Obstacle{"NoPrometheus",
                    "spec.metrics.prometheus.address is not set, and the operator has no default server", false, true};
  }
  if (!target) return target_obstacle(target.error());
  return std::nullopt;
}

void PolicyReconciler::remember_past(const v1alpha1::AutoscalerPolicy& policy, const Result<prometheus::Server>& server,
                                     State& state, Seconds now) {
  const io::MonotonicTime moment = around_.clock.monotonic();
  // Prometheus may be away when the operator starts: ask again until the first move, after which the memory has its own
  // past.
  const bool worth_asking = !state.past_known && !state.moved;
  if (state.memory && (!worth_asking || moment - state.past_tried < kHistoryRetry)) return;
  state.past_tried = moment;
  auto history = read_history(server, policy, around_.transport, now);
  if (history && policy.spec.metrics.push && around_.points && history->points.empty()) {
    history->points = around_.points->history(policy.spec.metrics.push->service_id);
  }
  state.past_known = history.has_value();
  const kube::ObjectKey key{policy.metadata.namespace_name, policy.metadata.name};
  if (!history) {
    telemetry::log_warn("the past could not be read",
                        {{"policy", key.to_string()}, {"error", history.error().message}});
    if (state.memory) return;
  }
  const std::vector<HistoryPoint> points = history ? history->points : std::vector<HistoryPoint>{};
  {
    std::lock_guard lock(state.memory_mutex);
    state.memory = loop::Memory::fresh(state.resolved.policy, points, now);
  }
  record(record::start_line(key.to_string(), state.resolved.policy, points, now));
  telemetry::log_info("control loop begins", {{"policy", key.to_string()}, {"historyPoints", points.size()}});
}

Observation PolicyReconciler::observe(const v1alpha1::AutoscalerPolicy& policy, const Target& target, State& state,
                                      Findings& findings) {
  const StageTimer timer(around_.metrics, around_.clock, "observe");
  const Seconds now = findings.now;
  const Policy& law = state.resolved.policy;
  const PodCensus census = count_pods(target.pods, target.replicas, now);
  const auto server = prometheus_server(policy, settings_.metrics, secrets_);
  remember_past(policy, server, state, now);
  auto readings = read_metrics(server, policy_queries(policy.spec.metrics, settings_.metrics, census.ready),
                                     around_.transport, now);
  fill_in_pushed(policy.spec.metrics, around_.points, now, readings);
  for (const std::string& warning : readings.warnings) {
    telemetry::log_debug("prometheus warns", {{"policy", policy.metadata.name}, {"warning", warning}});
  }
  Observation seen = make_observation(target, census, state.startups.take_new(target.pods), readings);
  seen.calendar = v1alpha1::calendar_windows(policy.spec.schedule, now, now + law.horizon + kCalendarMargin)
                      .value_or(std::vector<CalendarWindow>{});
  findings.cache_failure = around_.caches.failure(policy.metadata.namespace_name);
  if (findings.mode == Mode::kActive && !findings.rival) {
    findings.other_writer =
        state.writers.look(target.replicas, target.writers, now, law.scale_down.cooldown, law.control_period);
    seen.gates.rival = findings.other_writer.who;
  } else {
    state.writers.reset();
    if (findings.mode == Mode::kActive) seen.gates.rival = findings.rival->who;
  }
  seen.gates.synced = !findings.cache_failure;
  seen.gates.leader = owns({policy.metadata.namespace_name, policy.metadata.name});
  return seen;
}

Verdict PolicyReconciler::decide_and_act(const PolicyObject& object, const Target& target, State& state,
                                         Findings& findings) {
  Verdict verdict;
  verdict.observation = observe(*object.policy, target, state, findings);
  {
    const StageTimer timer(around_.metrics, around_.clock, "step");
    std::lock_guard lock(state.memory_mutex);
    loop::StepResult result =
        loop::step(verdict.observation, std::move(*state.memory), state.resolved.policy, findings.now);
    state.memory = std::move(result.memory);
    verdict.decision = std::move(result.decision);
    verdict.trace = std::move(result.trace);
  }
  if (around_.record) {
    record(record::step_line(object.meta.key().to_string(), findings.now, verdict.observation, verdict.decision,
                             verdict.trace.plan));
  }
  const StageTimer timer(around_.metrics, around_.clock, "act");
  verdict.write = write_replicas(target, verdict.decision.replicas, findings.mode, owns(object.meta.key()), around_.client);
  if (verdict.write.outcome == WriteOutcome::kWritten) {
    state.writers.wrote(verdict.decision.replicas);
    state.moved = true;
    ++state.situation.target_generation;  // our own write is no reason to decide again
  }
  return verdict;
}

void PolicyReconciler::report(const std::shared_ptr<const PolicyObject>& shared, State& state, const Findings& findings) {
  const StageTimer timer(around_.metrics, around_.clock, "report");
  const PolicyObject& object = *shared;
  const v1alpha1::ObjectMetadata metadata = metadata_of(object);
  const kube::ObjectReference reference = reference_to(metadata);
  const std::string key = object.meta.key().to_string();
  auto status = make_status(findings, object.meta.generation, state.status, settings_.zones);
  for (auto& event : condition_events(reference, state.status.conditions, status.conditions))
    around_.events.record(std::move(event));
  if (findings.verdict && findings.verdict->write.outcome == WriteOutcome::kWritten) {
    const Verdict& verdict = *findings.verdict;
    around_.events.record(scaled(reference, verdict.observation.replicas, verdict.decision.replicas,
                                 verdict.decision.reason, verdict.decision.message));
    telemetry::log_info("scaled", {{"policy", key},
                                   {"from", verdict.observation.replicas},
                                   {"to", verdict.decision.replicas},
                                   {"reason", verdict.decision.reason},
                                   {"why", verdict.decision.message}});
  }
  publish(around_.metrics, object.meta.key(), findings, status);
  state.status = std::move(status);
  if (around_.onlooker) around_.onlooker->reported({shared, findings, state.status, state.resolved});

  const auto since = std::chrono::floor<std::chrono::seconds>(around_.clock.monotonic() - state.written_at);
  if (!owns(object.meta.key()) || !is_worth_writing(state.written, state.status, since)) return;
  const auto written = write_status(around_.client, metadata, state.status);
  if (written) {
    state.written = state.status;
    state.written_at = around_.clock.monotonic();
  } else if (written.error().kind != ErrorKind::kNotFound) {
    telemetry::log_warn("the status could not be written", {{"policy", key}, {"error", written.error().message}});
  }
}

}  // namespace spillway::autoscaler_policy
