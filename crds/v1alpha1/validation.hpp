#pragma once
#include <string>
#include <vector>

#include "crds/v1alpha1/types.hpp"

namespace spillway::v1alpha1 {

/// One broken rule.
struct Violation {
  std::string path;     ///< "spec.maxReplicas"
  std::string value;    ///< as the user wrote it
  std::string message;  ///< what is allowed; the same words as the rule in the schema

  std::string text() const { return path + ": " + value + ": " + message; }
};

/// The cross-field rules of the schema (x-kubernetes-validations), for manifests that no API server has seen. Limits of single
/// fields are checked while decoding. Immutability needs the old object and stays with the API server.
std::vector<Violation> validate(const AutoscalerPolicySpec& spec);

}  // namespace spillway::v1alpha1
