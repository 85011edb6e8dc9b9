// Any text is a policy or kInvalid, and what a policy is written as reads back as the same policy.
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace spillway;
  const auto policy = v1alpha1::parse_policy_manifest({reinterpret_cast<const char*>(data), size});
  if (!policy) {
    if (policy.error().kind != ErrorKind::kInvalid) std::abort();
    return 0;
  }
  const nlohmann::json spec = v1alpha1::encode_spec(policy->spec);
  const nlohmann::json object{{"apiVersion", "autoscaling.spillway.dev/v1alpha1"}, {"kind", "AutoscalerPolicy"},
                              {"metadata", {{"name", "fuzzed"}}}, {"spec", spec}};
  const auto again = v1alpha1::decode_policy(object);
  if (!again || v1alpha1::encode_spec(again->spec) != spec) std::abort();
  return 0;
}
