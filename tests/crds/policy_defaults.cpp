// policy_defaults < manifest: the spec with the codec's defaults as JSON, or the error and exit code 1.
#include <iostream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "crds/v1alpha1/codec.hpp"

int main() {
  const std::string manifest(std::istreambuf_iterator<char>(std::cin), {});
  const auto policy = spillway::v1alpha1::parse_policy_manifest(manifest);
  if (!policy) {
    std::cerr << policy.error().message << "\n";
    return 1;
  }
  std::cout << spillway::v1alpha1::encode_spec(policy->spec).dump() << "\n";
}
