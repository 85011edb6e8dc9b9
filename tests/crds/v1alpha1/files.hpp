#pragma once
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "crds/v1alpha1/codec.hpp"

/// Files of the repository that tests read.
namespace spillway::v1alpha1::testing {

inline std::filesystem::path repository() { return SPILLWAY_SOURCE_DIR; }

inline std::string read_text(const std::filesystem::path& relative) {
  std::ifstream in(repository() / relative);
  std::ostringstream text;
  text << in.rdbuf();
  EXPECT_FALSE(text.str().empty()) << relative;
  return text.str();
}

/// The one version's schema in crds/autoscalerpolicies.yaml.
inline nlohmann::json policy_schema() {
  const auto crd = yaml_to_json(read_text("crds/autoscalerpolicies.yaml"));
  EXPECT_TRUE(crd) << crd.error().message;
  return (*crd)["spec"]["versions"][0]["schema"]["openAPIV3Schema"];
}

inline nlohmann::json invalid_policies() { return nlohmann::json::parse(read_text("tests/crds/invalid_policies.json")); }

inline nlohmann::json valid_policy() { return invalid_policies()["base"]; }

}  // namespace spillway::v1alpha1::testing
