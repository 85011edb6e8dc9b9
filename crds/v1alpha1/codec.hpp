#pragma once
#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "crds/v1alpha1/types.hpp"
#include "model/base/result.hpp"

namespace spillway::v1alpha1 {

/// Decodes an AutoscalerPolicy object: fills in the schema's defaults, rejects unknown fields of the spec as strict field
/// validation does, and applies the schema's limits and rules (validation.hpp). `status` is our own and read leniently: an
/// operator that was rolled back must not stumble over what a newer one wrote.
/// kInvalid: every fault found, "path: value: what is allowed", joined by "; ".
Result<AutoscalerPolicy> decode_policy(const nlohmann::json& object);

/// Reads the manifest that `kubectl apply` takes, as YAML or JSON, one document. kInvalid also for a syntax error, with the line.
Result<AutoscalerPolicy> parse_policy_manifest(std::string_view text);
/// The same from a file; kNotFound when it cannot be read.
Result<AutoscalerPolicy> load_policy_file(const std::filesystem::path& file);

/// Converts one YAML document to JSON with the types of YAML 1.2's core schema, as kubectl does for plain manifests.
Result<nlohmann::json> yaml_to_json(std::string_view text);

/// The spec with every default written out; absent optional fields stay absent.
nlohmann::json encode_spec(const AutoscalerPolicySpec& spec);
nlohmann::json encode_status(const AutoscalerPolicyStatus& status);

/// The document for server-side apply on the status subresource: apiVersion, kind, name, namespace and the whole status. Lists
/// and strings are cut to the schema's limits, so that a long message never makes the write fail.
nlohmann::json status_apply_document(const ObjectMetadata& metadata, const AutoscalerPolicyStatus& status);

/// RFC 3339 with whole seconds, "2026-01-31T08:00:00Z".
std::string format_time(Time time);
Result<Time> parse_time(std::string_view text);

}  // namespace spillway::v1alpha1
