#include <CLI/CLI.hpp>
#include <memory>
#include <thread>

#include "controllers/autoscaler_policy/policy_object.hpp"
#include "crds/v1alpha1/conditions.hpp"
#include "operator/cli/cluster_access.hpp"
#include "operator/cli/commands.hpp"

namespace spillway::cli {
namespace {

using autoscaler_policy::PolicyObject;
using v1alpha1::ConditionStatus;

constexpr std::chrono::milliseconds kBetweenLooks{500};

struct CheckArguments {
  std::string policy;
  std::string ns;
  std::string kubeconfig;
  int timeout_seconds = 60;
};

/// What the operator has said about the policy as it stands now; nothing while it has not seen this generation.
const v1alpha1::Condition* readiness(const PolicyObject& object) {
  if (!object.policy) return nullptr;
  const auto* ready = v1alpha1::find_condition(object.policy->status.conditions, v1alpha1::kReady);
  return ready && ready->observed_generation == object.meta.generation ? ready : nullptr;
}

std::string describe(const v1alpha1::Condition& condition) {
  return condition.reason + ": " + condition.message;
}

int run_check(const CheckArguments& arguments, Context& context) {
  const auto fail = [&](ExitCode code, const std::string& message) {
    context.err << "spillway check: " << message << "\n";
    return code;
  };
  auto config = kube::find_config(arguments.kubeconfig, {}, context.clock);
  if (!config) return fail(kBadInput, config.error().message);
  ClusterAccess cluster(std::move(*config), context.clock);
  const kube::ObjectKey key{arguments.ns.empty() ? cluster.rest.default_namespace() : arguments.ns, arguments.policy};
  const auto deadline = context.clock.monotonic() + std::chrono::seconds(arguments.timeout_seconds);
  while (true) {
    std::string last = "no operator has said anything about it";
    const auto object = autoscaler_policy::get_policy(cluster.client, key);
    if (!object) {
      last = object.error().message;
    } else if (const auto* ready = readiness(*object)) {
      last = describe(*ready);
      if (ready->status == ConditionStatus::kTrue) {
        context.out << key.to_string() << " is Ready: " << last << "\n";
        return kSuccess;
      }
    }
    if (context.clock.monotonic() >= deadline) {
      return fail(kFailure, key.to_string() + " is not Ready after " + std::to_string(arguments.timeout_seconds) +
                                " s: " + last);
    }
    std::this_thread::sleep_for(kBetweenLooks);
  }
}

}  // namespace

void add_check(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("check", "Wait until the operator says that a policy is Ready; what `helm test` runs.");
  auto arguments = std::make_shared<CheckArguments>();
  command->add_option("policy", arguments->policy, "name of the AutoscalerPolicy")->required()->type_name("NAME");
  command->add_option("-n,--namespace", arguments->ns, "its namespace; by default the kubeconfig's or the pod's")
      ->type_name("NAMESPACE");
  command->add_option("--timeout", arguments->timeout_seconds, "seconds to wait")
      ->capture_default_str()
      ->check(CLI::Range(0, 3600));
  command->add_option("--kubeconfig", arguments->kubeconfig, "of the cluster; in a pod its service account")
      ->type_name("FILE");
  command->footer("Exit code 0: Ready; 1: not within the time, and why.\nExample:\n  spillway check checkout -n shop --timeout 30");
  command->callback([arguments, &context] { context.exit_code = run_check(*arguments, context); });
}

}  // namespace spillway::cli
