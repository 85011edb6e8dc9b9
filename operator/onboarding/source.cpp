#include "operator/onboarding/source.hpp"

#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"

namespace spillway::onboarding {
namespace {

const kube::ResourceType kScaledObjects{"keda.sh", "v1alpha1", "scaledobjects", "ScaledObject"};

Result<Draft> convert(Original what, const kube::Json& object, const ConversionOptions& options) {
  return what == Original::kScaledObject ? convert_scaled_object(object, options)
                                         : convert_horizontal_pod_autoscaler(object, options);
}

}  // namespace

Result<Draft> convert_text(Original what, const std::string& text, const ConversionOptions& options) {
  const auto object = v1alpha1::yaml_to_json(text);
  if (!object) return object.error();
  return convert(what, *object, options);
}

Result<Draft> convert_from_cluster(Original what, kube::Client& client, const kube::ObjectKey& key,
                                   const ConversionOptions& options) {
  const auto object = client.get(what == Original::kScaledObject ? kScaledObjects : kube::kAutoscalers, key);
  if (!object) return object.error();
  return convert(what, *object, options);
}

Result<Workload> read_workload(kube::Client& client, kube::RestMapper& mapper, const kube::GroupVersionKind& gvk,
                               const kube::ObjectKey& key) {
  const auto type = mapper.find_scalable(gvk);
  if (!type) return type.error();
  const auto scale = client.get_scale(*type, key);
  if (!scale) return scale.error();
  return Workload{key.ns, gvk.kind, key.name, scale->selector, scale->replicas};
}

std::optional<GivenBounds> bounds_of(std::span<const std::shared_ptr<const kube::Autoscaler>> autoscalers,
                                     const Workload& workload) {
  for (const auto& hpa : autoscalers) {
    if (hpa->target.kind != workload.kind || hpa->target.name != workload.name) continue;
    return GivenBounds{hpa->min_replicas, hpa->max_replicas, "HorizontalPodAutoscaler " + hpa->meta.name};
  }
  return std::nullopt;
}

std::vector<std::shared_ptr<const kube::Autoscaler>> list_autoscalers(kube::Client& client, const std::string& ns) {
  std::vector<std::shared_ptr<const kube::Autoscaler>> all;
  const auto objects = client.list({kube::kAutoscalers, ns, {}, {}});
  if (!objects) return all;
  for (const kube::Json& object : *objects)
    all.push_back(std::make_shared<const kube::Autoscaler>(kube::parse_autoscaler(object)));
  return all;
}

}  // namespace spillway::onboarding
