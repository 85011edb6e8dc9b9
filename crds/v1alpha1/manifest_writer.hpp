#pragma once
#include <map>
#include <string>
#include <vector>

#include "crds/v1alpha1/types.hpp"

namespace spillway::v1alpha1 {

/// What to say above a field, by its path ("spec.metrics.arrivalRate.query"). May have several lines.
using FieldComments = std::map<std::string, std::string>;

/// A policy as people would write it: YAML for `kubectl apply`, fields in the schema's order, what equals the default left out
/// unless it has a comment. `head` stands above everything, each entry a paragraph. Comments are wrapped.
std::string write_policy_manifest(const ObjectMetadata& metadata, const AutoscalerPolicySpec& spec,
                                  const FieldComments& comments, const std::vector<std::string>& head);

}  // namespace spillway::v1alpha1
