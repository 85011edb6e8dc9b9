#include "operator/kube/lease.hpp"

#include <nlohmann/json.hpp>

#include "operator/kube/json.hpp"
#include "operator/kube/watch_decoder.hpp"

namespace spillway::kube {
namespace {

constexpr const char* kAddress = "spillway.dev/address";

Json encode_spec(const LeaseRecord& record) {
  Json spec{{"holderIdentity", record.holder},
            {"leaseDurationSeconds", record.duration_seconds},
            {"leaseTransitions", record.transitions}};
  if (!record.acquire_time.empty()) spec["acquireTime"] = record.acquire_time;
  if (!record.renew_time.empty()) spec["renewTime"] = record.renew_time;
  return spec;
}

void set_address(Json& metadata, const std::string& address) {
  if (!address.empty()) {
    metadata["annotations"][kAddress] = address;
  } else if (metadata.contains("annotations")) {
    metadata["annotations"].erase(kAddress);
  }
}

}  // namespace

LeaseRecord lease_record(const Json& lease) {
  LeaseRecord record;
  record.resource_version = resource_version_of(lease);
  const Json spec = lease.value("spec", Json::object());
  record.holder = spec.value("holderIdentity", "");
  record.duration_seconds = spec.value("leaseDurationSeconds", 0);
  record.acquire_time = spec.value("acquireTime", "");
  record.renew_time = spec.value("renewTime", "");
  record.transitions = spec.value("leaseTransitions", 0);
  if (const Json annotations = lease.at("metadata").value("annotations", Json::object()); annotations.is_object())
    record.address = annotations.value(kAddress, "");
  return record;
}

Result<LeaseRecord> parse_lease(const std::string& body) {
  const Json lease = Json::parse(body, nullptr, false);
  if (!lease.is_object() || resource_version_of(lease).empty()) return Error{ErrorKind::kInvalid, "the answer is no Lease"};
  try {
    return lease_record(lease);
  } catch (const Json::exception&) {
    return Error{ErrorKind::kInvalid, "the answer is no Lease"};
  }
}

std::string make_lease(const ObjectKey& key, const LeaseRecord& record) {
  Json lease{{"apiVersion", kLeases.api_version()},
             {"kind", kLeases.kind},
             {"metadata", {{"namespace", key.ns}, {"name", key.name}}},
             {"spec", encode_spec(record)}};
  set_address(lease["metadata"], record.address);
  return lease.dump();
}

std::string replace_lease(const std::string& body, const LeaseRecord& record) {
  Json lease = Json::parse(body);
  lease["metadata"].erase("managedFields");
  lease["metadata"]["resourceVersion"] = record.resource_version;
  set_address(lease["metadata"], record.address);
  lease["spec"] = encode_spec(record);
  return lease.dump();
}

}  // namespace spillway::kube
