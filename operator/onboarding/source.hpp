#pragma once
#include <memory>
#include <span>

#include "operator/kube/client.hpp"
#include "operator/kube/discovery.hpp"
#include "operator/onboarding/convert.hpp"
#include "operator/onboarding/policy_for_workload.hpp"

/// Where the things that become policies come from: text or the cluster.
namespace spillway::onboarding {

/// What can be converted.
enum class Original { kHorizontalPodAutoscaler, kScaledObject };

/// One YAML or JSON document of that kind.
Result<Draft> convert_text(Original what, const std::string& text, const ConversionOptions& options);
/// The object as the API server has it.
Result<Draft> convert_from_cluster(Original what, kube::Client& client, const kube::ObjectKey& key,
                                   const ConversionOptions& options);

/// Reads a workload: its pods' selector and its replicas. kInvalid if its kind has no /scale.
Result<Workload> read_workload(kube::Client& client, kube::RestMapper& mapper, const kube::GroupVersionKind& gvk,
                               const kube::ObjectKey& key);

/// The bounds of the HPA on that workload, if one of these is.
std::optional<GivenBounds> bounds_of(std::span<const std::shared_ptr<const kube::Autoscaler>> autoscalers,
                                     const Workload& workload);
/// The HPAs of a namespace; none if they cannot be read.
std::vector<std::shared_ptr<const kube::Autoscaler>> list_autoscalers(kube::Client& client, const std::string& ns);

}  // namespace spillway::onboarding
