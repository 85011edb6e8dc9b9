#include "crds/v1alpha1/codec.hpp"

#include <nlohmann/json.hpp>

#include "crds/v1alpha1/decoder.hpp"
#include "crds/v1alpha1/encoder.hpp"
#include "crds/v1alpha1/validation.hpp"

namespace spillway::v1alpha1 {

namespace {

using Json = nlohmann::json;

std::string text_or_empty(const Json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::map<std::string, std::string> text_map(const Json& object, const char* name) {
  std::map<std::string, std::string> map;
  const auto found = object.find(name);
  if (found == object.end() || !found->is_object()) return map;
  for (const auto& [key, value] : found->items()) {
    if (value.is_string()) map[key] = value.get<std::string>();
  }
  return map;
}

/// A view: what else stands in metadata belongs to the API server.
ObjectMetadata read_metadata(Decoder& decoder, const Json& object) {
  ObjectMetadata metadata;
  const auto found = object.find("metadata");
  if (found == object.end() || !found->is_object()) {
    decoder.fault("metadata", "Required value");
    return metadata;
  }
  metadata.name = text_or_empty(*found, "name");
  if (metadata.name.empty()) decoder.fault("metadata.name", "Required value");
  metadata.namespace_name = text_or_empty(*found, "namespace");
  metadata.uid = text_or_empty(*found, "uid");
  metadata.resource_version = text_or_empty(*found, "resourceVersion");
  const auto generation = found->find("generation");
  if (generation != found->end() && generation->is_number_integer()) metadata.generation = generation->get<std::int64_t>();
  metadata.deleting = !text_or_empty(*found, "deletionTimestamp").empty();
  metadata.labels = text_map(*found, "labels");
  metadata.annotations = text_map(*found, "annotations");
  return metadata;
}

void check_word(Decoder& decoder, const Json& object, const char* name, const std::string& wanted) {
  const std::string found = text_or_empty(object, name);
  if (found != wanted) decoder.fault(name, "Unsupported value: \"" + found + "\": supported values: \"" + wanted + "\"");
}

void check_top_level(Decoder& decoder, const Json& object) {
  check_word(decoder, object, "apiVersion", kApiVersion);
  check_word(decoder, object, "kind", kAutoscalerPolicyKind);
  for (const auto& [name, value] : object.items()) {
    if (name != "apiVersion" && name != "kind" && name != "metadata" && name != "spec" && name != "status")
      decoder.fault(name, "unknown field \"" + name + "\"; allowed here: apiVersion, kind, metadata, spec, status");
  }
}

std::string joined(const std::vector<std::string>& faults) {
  std::string text;
  for (const auto& fault : faults) text += (text.empty() ? "" : "; ") + fault;
  return text;
}

}  // namespace

Result<AutoscalerPolicy> decode_policy(const Json& object) {
  if (!object.is_object()) return Error{ErrorKind::kInvalid, "an AutoscalerPolicy must be an object"};
  AutoscalerPolicy policy;
  Decoder decoder(UnknownFields::kReject);
  check_top_level(decoder, object);
  policy.metadata = read_metadata(decoder, object);
  const auto spec = object.find("spec");
  if (spec == object.end()) decoder.fault("spec", "Required value");
  else decoder.read(*spec, "spec", policy.spec, any());
  // Rules across fields only make sense once every field is what it should be.
  if (decoder.faults().empty()) {
    for (const Violation& violation : validate(policy.spec)) decoder.fault(violation.path, "Invalid value: " + violation.value + ": " + violation.message);
  }
  if (!decoder.faults().empty()) return Error{ErrorKind::kInvalid, joined(decoder.faults())};
  if (const auto status = object.find("status"); status != object.end() && !status->is_null()) {
    Decoder lenient(UnknownFields::kIgnore);
    lenient.read(*status, "status", policy.status, any());
  }
  return policy;
}

Json encode_spec(const AutoscalerPolicySpec& spec) { return Encoder::write(spec, any()); }

Json encode_status(const AutoscalerPolicyStatus& status) { return Encoder::write(status, any()); }

Json status_apply_document(const ObjectMetadata& metadata, const AutoscalerPolicyStatus& status) {
  Json names = {{"name", metadata.name}, {"namespace", metadata.namespace_name}};
  // With the uid a policy that was deleted and made again under the same name refuses the status of the old one.
  if (!metadata.uid.empty()) names["uid"] = metadata.uid;
  return {{"apiVersion", kApiVersion}, {"kind", kAutoscalerPolicyKind}, {"metadata", std::move(names)}, {"status", encode_status(status)}};
}

}  // namespace spillway::v1alpha1
