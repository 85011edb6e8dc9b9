#include "controllers/opt_in/policy_object_json.hpp"

#include <nlohmann/json.hpp>

#include "controllers/opt_in/annotation.hpp"
#include "crds/v1alpha1/codec.hpp"

namespace spillway::opt_in {

kube::Json policy_to_create(const onboarding::Draft& draft, const kube::Workload& deployment, bool is_guess) {
  kube::Json annotations = {{"spillway.dev/created-by", "opt-in"}};
  if (is_guess) annotations[kGuess] = "true";
  const kube::Json owner = {{"apiVersion", "apps/v1"}, {"kind", "Deployment"}, {"name", deployment.meta.name}, {"uid", deployment.meta.uid}};
  return {{"apiVersion", v1alpha1::kApiVersion},
          {"kind", v1alpha1::kAutoscalerPolicyKind},
          {"metadata",
           {{"name", draft.metadata.name},
            {"namespace", draft.metadata.namespace_name},
            {"annotations", std::move(annotations)},
            {"ownerReferences", kube::Json::array({owner})}}},
          {"spec", v1alpha1::encode_spec(draft.spec)}};
}

kube::Json metrics_patch(const onboarding::Draft& draft) {
  kube::Json metrics = v1alpha1::encode_spec(draft.spec).at("metrics");
  metrics.erase("prometheus");  // not ours to find
  return {{"metadata", {{"annotations", {{kGuess, nullptr}}}}}, {"spec", {{"metrics", std::move(metrics)}}}};
}

}  // namespace spillway::opt_in
