#include <CLI/CLI.hpp>
#include <filesystem>
#include <iterator>
#include <memory>

#include "operator/cli/cluster_access.hpp"
#include "operator/cli/commands.hpp"
#include "operator/io/files.hpp"
#include "operator/onboarding/source.hpp"

namespace spillway::cli {
namespace {

using onboarding::Draft;
using onboarding::Original;

struct ConvertArguments {
  Original what = Original::kHorizontalPodAutoscaler;
  std::string source;  ///< a file, "-", or a name in the cluster
  std::string ns;
  std::string kubeconfig;
  std::string kube_context;
  onboarding::ConversionOptions options;
};

Result<Draft> convert_named(const ConvertArguments& arguments, const io::Clock& clock) {
  auto config = kube::find_config(arguments.kubeconfig, arguments.kube_context, clock);
  if (!config) return config.error();
  ClusterAccess cluster(std::move(*config), clock);
  const std::string ns = arguments.ns.empty() ? cluster.rest.default_namespace() : arguments.ns;
  return onboarding::convert_from_cluster(arguments.what, cluster.client, {ns, arguments.source}, arguments.options);
}

Result<Draft> convert(const ConvertArguments& arguments, Context& context) {
  if (arguments.source == "-") {
    const std::string text{std::istreambuf_iterator<char>(context.in), {}};
    return onboarding::convert_text(arguments.what, text, arguments.options);
  }
  if (std::filesystem::is_regular_file(arguments.source)) {
    const auto text = io::read_file(arguments.source);
    if (!text) return text.error();
    return onboarding::convert_text(arguments.what, *text, arguments.options);
  }
  return convert_named(arguments, context.clock);
}

int run_convert(const ConvertArguments& arguments, Context& context) {
  const Result<Draft> draft = convert(arguments, context);
  if (!draft) {
    context.err << "spillway convert: " << arguments.source << ": " << draft.error().message << "\n";
    return draft.error().kind == ErrorKind::kInvalid || draft.error().kind == ErrorKind::kNotFound ? kBadInput : kFailure;
  }
  context.out << draft->to_yaml();
  return kSuccess;
}

void add_kind(CLI::App& convert, Context& context, Original what, const char* name, const char* description) {
  CLI::App* command = convert.add_subcommand(name, description);
  auto arguments = std::make_shared<ConvertArguments>();
  arguments->what = what;
  command->add_option("source", arguments->source, "a file if there is one by that name, - for standard input, else an object of the cluster")
      ->required()
      ->type_name("NAME|FILE");
  command->add_option("-n,--namespace", arguments->ns, "of the object in the cluster; default: the kubeconfig's")->type_name("NS");
  command->add_option("--arrival-rate", arguments->options.arrival_rate_query,
                      "PromQL for the requests per second, where a metrics adapter gives the query another name")
      ->type_name("PROMQL");
  command->add_option("--prometheus-address", arguments->options.prometheus_address,
                      "to stand in the policy; default: the object's, else the operator's")
      ->type_name("URL");
  command->add_option("--kubeconfig", arguments->kubeconfig, "default: $KUBECONFIG, in-cluster, ~/.kube/config")->type_name("FILE");
  command->add_option("--context", arguments->kube_context, "of the kubeconfig")->type_name("NAME");
  command->callback([arguments, &context] { context.exit_code = run_convert(*arguments, context); });
}

}  // namespace

void add_convert(CLI::App& app, Context& context) {
  CLI::App* command = app.add_subcommand("convert", "Print the AutoscalerPolicy that does what another autoscaler does.");
  command->require_subcommand(1);
  add_kind(*command, context, Original::kHorizontalPodAutoscaler, "hpa", "From a HorizontalPodAutoscaler (autoscaling/v1 or v2).");
  add_kind(*command, context, Original::kScaledObject, "scaledobject", "From KEDA's ScaledObject (keda.sh/v1alpha1).");
  command->footer(
      "Nothing is written to the cluster. What has no equivalent stands in comments above the manifest.\n"
      "Examples:\n"
      "  spillway convert hpa checkout -n shop > policy.yaml\n"
      "  kubectl get hpa checkout -o yaml | spillway convert hpa -\n"
      "  spillway convert hpa checkout --arrival-rate 'sum(rate(http_requests_total{app=\"checkout\"}[1m]))'\n"
      "  spillway convert scaledobject scaledobject.yaml");
}

}  // namespace spillway::cli
