#include <CLI/CLI.hpp>
#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>

#include "controllers/autoscaler_policy/policy_object.hpp"
#include "crds/v1alpha1/codec.hpp"
#include "crds/v1alpha1/conditions.hpp"
#include "model/base/text.hpp"
#include "operator/cli/cluster_access.hpp"
#include "operator/cli/commands.hpp"
#include "operator/kube/events.hpp"

namespace spillway::cli {
namespace {

using v1alpha1::ConditionStatus;

struct ExplainArguments {
  std::string policy;
  std::string ns;
  std::string kubeconfig;
  std::string kube_context;
  std::string output = "text";
};

void say_numbers(const v1alpha1::AutoscalerPolicyStatus& status, std::ostream& out) {
  out << "Replicas:  " << status.current_replicas.value_or(0) << " asked for, " << status.ready_replicas.value_or(0) << " ready, "
      << status.desired_replicas.value_or(0) << " wanted\n";
  if (const auto& e = status.estimate; e && e->capacity_per_replica) {
    out << "Demand:    " << (e->arrival_rate ? text(e->arrival_rate->value, " requests per second") : std::string("unknown")) << ", "
        << (e->backlog ? text(e->backlog->value, " waiting") : std::string("waiting unknown")) << "; a replica serves " << e->capacity_per_replica->value << " per second\n";
  }
  if (const auto& f = status.forecast; f && f->p50 && f->p90) {
    out << "Expected:  " << text(f->p50->value) << " requests per second when a new replica is ready (90 %: at most " << text(f->p90->value) << ")\n";
    out << "Trouble:   the queue limit is missed with a probability of " << f->breach_probability_percent.value_or(0) << " %";
    if (f->time_to_saturation_seconds) out << "; saturated in " << *f->time_to_saturation_seconds << " s";
    out << "\n";
  }
}

void say_why(const v1alpha1::LastDecision& last, std::ostream& out) {
  out << "\nWhy " << last.final_replicas << "?  " << last.reason << "\n  " << last.message << "\n  the plan, before rounding and guards: "
      << text(last.raw.value) << "\n";
  for (const auto& step : last.trail)
    out << "  " << step.guard << " made " << step.after << " of " << step.before << ": " << step.message << "\n";
  out << "Why not more?  ";
  if (last.shadow_prices.empty()) out << "nothing forbids more: more would cost more than they save\n";
  for (std::size_t i = 0; i < last.shadow_prices.size(); ++i) {
    const auto& price = last.shadow_prices[i];
    out << (i > 0 ? "  " : "") << price.constraint << " binds: one unit more would save " << text(std::abs(price.price.value)) << " replica-seconds\n";
  }
}

void say_plan(const v1alpha1::PlanStatus& plan, std::ostream& out) {
  out << "\nPlan (" << plan.quality.value_or("unknown") << "):  after      replicas  waiting\n";
  for (const auto& stage : plan.stages) {
    const std::string after = text(stage.offset_seconds, " s");
    const std::string replicas = text(stage.replicas);
    out << "  " << std::string(18 - std::min<std::size_t>(18, after.size()), ' ') << after << std::string(14 - std::min<std::size_t>(14, replicas.size()), ' ')
        << replicas << "  " << text(std::round(stage.backlog.value)) << "\n";
  }
}

/// What happened lately, from the Events: the moves with their reasons among them.
void say_history(const std::vector<kube::PastEvent>& events, std::ostream& out) {
  constexpr std::size_t kShown = 12;
  if (events.empty()) return;
  out << "\nLately (the API server keeps Events for an hour):\n";
  for (std::size_t i = events.size() > kShown ? events.size() - kShown : 0; i < events.size(); ++i) {
    out << "  " << events[i].time.substr(0, 19) << "Z  " << events[i].reason << "  " << events[i].note << "\n";
  }
}

/// Conditions that are not as they should be. Conflicted, FallbackActive, ScalingLimited and Stalled are good when false.
void say_trouble(const std::vector<v1alpha1::Condition>& conditions, std::ostream& out) {
  for (const auto& condition : conditions) {
    const bool bad_if_true = condition.type == v1alpha1::kConflicted || condition.type == v1alpha1::kFallbackActive ||
                             condition.type == v1alpha1::kScalingLimited || condition.type == v1alpha1::kStalled || condition.type == v1alpha1::kReconciling;
    if ((condition.status == ConditionStatus::kTrue) == bad_if_true)
      out << "\n" << condition.type << " is " << (condition.status == ConditionStatus::kTrue ? "True" : "not True") << " (" << condition.reason << "): "
          << condition.message << "\n";
  }
}

/// For programs: what the text is made of.
nlohmann::json to_json(const kube::ObjectKey& key, const v1alpha1::AutoscalerPolicy& policy, const std::vector<kube::PastEvent>& events) {
  nlohmann::json lately = nlohmann::json::array();
  for (const auto& event : events) lately.push_back({{"time", event.time}, {"reason", event.reason}, {"note", event.note}});
  return {{"namespace", key.ns}, {"name", key.name}, {"spec", v1alpha1::encode_spec(policy.spec)}, {"status", v1alpha1::encode_status(policy.status)}, {"events", lately}};
}

int run_explain(const ExplainArguments& arguments, Context& context) {
  auto config = kube::find_config(arguments.kubeconfig, arguments.kube_context, context.clock);
  if (!config) {
    context.err << "spillway explain: " << config.error().message << "\n";
    return kBadInput;
  }
  ClusterAccess cluster(std::move(*config), context.clock);
  const kube::ObjectKey key{arguments.ns.empty() ? cluster.rest.default_namespace() : arguments.ns, arguments.policy};
  const auto object = autoscaler_policy::get_policy(cluster.client, key);
  if (!object || !object->policy) {
    context.err << "spillway explain: " << key.to_string() << ": " << (object ? "is not valid: see its condition Stalled" : object.error().message) << "\n";
    return kFailure;
  }
  const auto& policy = *object->policy;
  const auto events = kube::events_about(cluster.client, key, "AutoscalerPolicy");
  if (!events) context.err << "spillway explain: Events cannot be read: " << events.error().message << "\n";
  if (arguments.output == "json") {
    context.out << to_json(key, policy, events.value_or(std::vector<kube::PastEvent>())).dump(2) << "\n";
    return kSuccess;
  }
  const auto& target = policy.spec.scale_target_ref;
  context.out << key.to_string() << " scales " << target.kind << " " << target.name << " between " << policy.spec.min_replicas << " and "
              << policy.spec.max_replicas << "\n";
  say_trouble(policy.status.conditions, context.out);
  if (!policy.status.last_decision) {
    context.out << "\nNothing was decided yet.\n";
    return kSuccess;
  }
  context.out << "\n";
  say_numbers(policy.status, context.out);
  say_why(*policy.status.last_decision, context.out);
  if (policy.status.plan) say_plan(*policy.status.plan, context.out);
  if (events) say_history(*events, context.out);
  return kSuccess;
}

}  // namespace

void add_explain(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("explain", "Say why a policy is at its number of replicas, why not more, what comes next and what happened lately.");
  auto arguments = std::make_shared<ExplainArguments>();
  command->add_option("policy", arguments->policy, "name of the AutoscalerPolicy")->required()->type_name("NAME");
  command->add_option("-n,--namespace", arguments->ns, "its namespace; by default the kubeconfig's")->type_name("NAMESPACE");
  command->add_option("--kubeconfig", arguments->kubeconfig, "of the cluster")->type_name("FILE");
  command->add_option("--context", arguments->kube_context, "of the kubeconfig")->type_name("NAME");
  command->add_option("-o,--output", arguments->output, "text or json")->capture_default_str()->check(CLI::IsMember({"text", "json"}));
  command->footer(
      "Example:\n  spillway explain checkout -n shop\n"
      "As a kubectl plugin: put a link named kubectl-spillway to this program on PATH, then\n  kubectl spillway explain checkout -n shop");
  command->callback([arguments, &context] { context.exit_code = run_explain(*arguments, context); });
}

}  // namespace spillway::cli
