#include "controllers/opt_in/reconciler.hpp"

#include <nlohmann/json.hpp>

#include "controllers/opt_in/annotation.hpp"
#include "controllers/opt_in/policy_object_json.hpp"
#include "operator/onboarding/source.hpp"
#include "operator/telemetry/log.hpp"

namespace spillway::opt_in {
namespace {

using runtime::Next;

constexpr std::chrono::milliseconds kSoon{100};
/// A Deployment that is new has its pods scraped soon; for one that is old somebody must add the metric.
constexpr std::chrono::seconds kFirstLooks{10};
constexpr std::chrono::minutes kLaterLooks{5};
constexpr std::chrono::minutes kNew{10};

bool scales(const autoscaler_policy::PolicyObject& policy, const kube::Workload& deployment) {
  if (!policy.policy) return false;
  const auto& target = policy.policy->spec.scale_target_ref;
  return target.kind == "Deployment" && target.name == deployment.meta.name && target.api_version.starts_with("apps/");
}

onboarding::Workload workload_of(const kube::Workload& deployment) {
  return {deployment.meta.ns, "Deployment", deployment.meta.name, deployment.selector, deployment.replicas};
}

}  // namespace

OptInReconciler::OptInReconciler(Surroundings surroundings, prometheus::DefaultServer prometheus)
    : around_(std::move(surroundings)), prometheus_(std::move(prometheus)) {}

Result<Next> OptInReconciler::reconcile(const runtime::Request& request) {
  if (request == kBegin) {
    around_.watches.start(around_.enqueue);
    return Next::done();
  }
  if (!around_.watches.policies_known()) return Next::again_after(kSoon);
  const auto deployment = around_.watches.deployment(request);
  if (!deployment || deployment->meta.deleted) return Next::done();
  const auto ns = around_.watches.namespace_of(request.ns);
  if (!wants_policy(deployment->meta, ns ? &ns->meta : nullptr)) return Next::done();
  if (!around_.leading()) return Next::again_after(kFirstLooks);  // one instance asks, writes and tells
  bool name_taken = false;
  for (const auto& policy : around_.watches.policies(request.ns)) {
    if (scales(*policy, *deployment)) {
      return says(policy->meta, kGuess).value_or(false) ? look_again(*deployment, policy->meta) : Next::done();
    }
    name_taken = name_taken || policy->meta.name == request.name;
  }
  if (name_taken) {
    tell(*deployment, kube::EventType::kWarning, "PolicyNameTaken",
         "AutoscalerPolicy " + request.to_string() + " exists and scales something else; write a policy of another name for this Deployment");
    return Next::done();
  }
  return create(*deployment);
}

Result<onboarding::Findings> OptInReconciler::look(const onboarding::Workload& workload) const {
  if (prometheus_.address.empty()) return onboarding::Findings{};
  const auto server = prometheus::connect(prometheus_);
  if (!server) return server.error();
  return onboarding::probe(prometheus::Client(around_.transport, *server), workload, io::to_seconds(around_.clock.wall()));
}

Result<Next> OptInReconciler::create(const kube::Workload& deployment) {
  const onboarding::Workload workload = workload_of(deployment);
  const auto findings = look(workload);
  if (!findings) {
    tell(deployment, kube::EventType::kWarning, "PrometheusUnavailable",
         "no AutoscalerPolicy yet: Prometheus cannot be asked for metrics: " + findings.error().message);
    return findings.error();
  }
  const auto draft = onboarding::policy_for(workload, "apps/v1", *findings, {},
                                            onboarding::bounds_of(around_.watches.autoscalers(workload.ns), workload));
  if (!around_.leading()) return Next::again_after(kFirstLooks);
  const bool is_guess = !findings->arrivals;
  const auto created = around_.client.create(kube::kAutoscalerPolicies, workload.ns, policy_to_create(draft, deployment, is_guess));
  if (!created && created.error().kind == ErrorKind::kConflict) return Next::again_after(kSoon);  // somebody was faster
  if (!created) {
    tell(deployment, kube::EventType::kWarning, "PolicyNotCreated", created.error().message);
    return created.error();
  }
  const std::string what = "AutoscalerPolicy " + deployment.meta.key().to_string() + " in mode DryRun: ";
  const std::string found = prometheus_.address.empty() ? "the operator has no prometheus.address, so its metrics were not looked for"
                                                        : onboarding::describe(*findings);
  tell(deployment, is_guess ? kube::EventType::kWarning : kube::EventType::kNormal, is_guess ? "MetricsNotFound" : "PolicyCreated", what + found);
  telemetry::log_info("policy created by annotation", {{"policy", deployment.meta.key().to_string()}, {"found", found}});
  return is_guess ? Next::again_after(kFirstLooks) : Next::done();
}

Result<Next> OptInReconciler::look_again(const kube::Workload& deployment, const kube::ObjectMeta& policy) {
  const onboarding::Workload workload = workload_of(deployment);
  const auto findings = look(workload);
  if (!findings || !findings->arrivals || !around_.leading()) {
    const bool is_new = around_.clock.wall() - policy.created < kNew;
    return Next::again_after(is_new ? std::chrono::milliseconds(kFirstLooks) : std::chrono::milliseconds(kLaterLooks));
  }
  onboarding::Draft draft;
  onboarding::apply_findings(draft, workload, *findings);
  const auto patched = around_.client.patch(kube::kAutoscalerPolicies, policy.key(), kube::PatchType::kMergePatch, metrics_patch(draft));
  if (!patched) return patched.error();
  tell(deployment, kube::EventType::kNormal, "MetricsFound", "AutoscalerPolicy " + policy.key().to_string() + ": " + onboarding::describe(*findings));
  return Next::done();
}

void OptInReconciler::tell(const kube::Workload& deployment, kube::EventType type, const char* reason, const std::string& note) {
  around_.events.record({.regarding = {"apps/v1", "Deployment", deployment.meta.ns, deployment.meta.name, deployment.meta.uid},
                         .type = type,
                         .reason = reason,
                         .action = "OptIn",
                         .note = note,
                         .dedupe_key = reason});
}

}  // namespace spillway::opt_in
