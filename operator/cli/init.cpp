#include <CLI/CLI.hpp>
#include <memory>

#include "operator/cli/cluster_access.hpp"
#include "operator/cli/commands.hpp"
#include "operator/onboarding/source.hpp"
#include "operator/prometheus/default_server.hpp"

namespace spillway::cli {
namespace {

struct InitArguments {
  std::string kind;
  std::string name;
  std::string api_version = "apps/v1";
  std::string ns;
  prometheus::DefaultServer prometheus;
  std::string kubeconfig;
  std::string kube_context;
};

/// As kubectl takes them.
std::string kind_of(const std::string& word) {
  static const std::map<std::string, std::string> kShort = {
      {"deployment", "Deployment"}, {"deployments", "Deployment"}, {"deploy", "Deployment"}, {"statefulset", "StatefulSet"},
      {"statefulsets", "StatefulSet"}, {"sts", "StatefulSet"}, {"replicaset", "ReplicaSet"}, {"rs", "ReplicaSet"}};
  const auto found = kShort.find(word);
  return found == kShort.end() ? word : found->second;
}

Result<onboarding::Findings> look_for_metrics(const InitArguments& arguments, const onboarding::Workload& workload,
                                              ClusterAccess& cluster, Context& context) {
  if (arguments.prometheus.address.empty()) return onboarding::Findings{};
  const auto server = prometheus::connect(arguments.prometheus);
  if (!server) return server.error();
  return onboarding::probe(prometheus::Client(cluster.transport, *server), workload, io::to_seconds(context.clock.wall()));
}

Result<onboarding::Draft> make_policy(const InitArguments& arguments, Context& context) {
  const auto gvk = kube::make_gvk(arguments.api_version, kind_of(arguments.kind));
  if (!gvk) return gvk.error();
  auto config = kube::find_config(arguments.kubeconfig, arguments.kube_context, context.clock);
  if (!config) return config.error();
  ClusterAccess cluster(std::move(*config), context.clock);
  const std::string ns = arguments.ns.empty() ? cluster.rest.default_namespace() : arguments.ns;
  const auto workload = onboarding::read_workload(cluster.client, cluster.mapper, *gvk, {ns, arguments.name});
  if (!workload) return workload.error();
  const auto findings = look_for_metrics(arguments, *workload, cluster, context);
  if (!findings) return Error{findings.error().kind, "--prometheus-address: " + arguments.prometheus.address + ": " + findings.error().message};
  const auto autoscalers = onboarding::list_autoscalers(cluster.client, ns);
  context.err << "spillway init: "
              << (arguments.prometheus.address.empty() ? "no --prometheus-address: metrics were not looked for" : onboarding::describe(*findings))
              << "\n";
  return onboarding::policy_for(*workload, gvk->api_version(), *findings, arguments.prometheus.address,
                                onboarding::bounds_of(autoscalers, *workload));
}

int run_init(const InitArguments& arguments, Context& context) {
  const auto draft = make_policy(arguments, context);
  if (!draft) {
    context.err << "spillway init: " << arguments.kind << " " << arguments.name << ": " << draft.error().message << "\n";
    return draft.error().kind == ErrorKind::kInvalid || draft.error().kind == ErrorKind::kNotFound ? kBadInput : kFailure;
  }
  context.out << draft->to_yaml();
  return kSuccess;
}

}  // namespace

void add_init(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("init", "Print a policy for a workload, made by looking at it and at Prometheus.");
  auto arguments = std::make_shared<InitArguments>();
  command->add_option("kind", arguments->kind, "deployment, statefulset, replicaset, or another kind with /scale as it spells itself")
      ->required()
      ->type_name("KIND");
  command->add_option("name", arguments->name, "of the workload")->required()->type_name("NAME");
  command->add_option("-n,--namespace", arguments->ns, "default: the kubeconfig's")->type_name("NS");
  command->add_option("--api-version", arguments->api_version, "of the kind")->capture_default_str();
  command->add_option("-p,--prometheus-address", arguments->prometheus.address, "where to look for metrics; stands in the policy, too")
      ->type_name("URL")
      ->envname("PROMETHEUS_URL");
  command->add_option("--prometheus-credentials-directory", arguments->prometheus.credentials_directory,
                      "files token, or username with password, and ca.crt for that server; they do not enter the policy")
      ->type_name("DIR");
  command->add_option("--kubeconfig", arguments->kubeconfig, "default: $KUBECONFIG, in-cluster, ~/.kube/config")->type_name("FILE");
  command->add_option("--context", arguments->kube_context, "of the kubeconfig")->type_name("NAME");
  command->footer(
      "Nothing is written to the cluster. The policy is a DryRun: it shows what it would do and moves nothing until you set its mode to Active.\n"
      "Examples:\n"
      "  spillway init deployment checkout -n shop -p http://127.0.0.1:9090 > policy.yaml\n"
      "  spillway init Rollout checkout --api-version argoproj.io/v1alpha1 -p http://127.0.0.1:9090");
  command->callback([arguments, &context] { context.exit_code = run_init(*arguments, context); });
}

}  // namespace spillway::cli
