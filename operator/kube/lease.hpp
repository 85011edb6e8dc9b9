#pragma once
#include <string>

#include "model/base/result.hpp"
#include "operator/kube/json.hpp"
#include "operator/kube/resource.hpp"

namespace spillway::kube {

/// The spec of a coordination.k8s.io/v1 Lease and the version it was read at.
struct LeaseRecord {
  std::string holder;  ///< identity; empty = nobody
  int duration_seconds = 0;
  std::string acquire_time;  ///< MicroTime texts: other processes' clocks, only compared for being equal
  std::string renew_time;
  int transitions = 0;
  std::string resource_version;
  std::string address;  ///< annotation spillway.dev/address: where the holder serves its API, "ip:port"; empty = it does not say

  bool operator==(const LeaseRecord&) const = default;
};

/// kInvalid if the text is no Lease.
Result<LeaseRecord> parse_lease(const std::string& body);
/// The same from an object of a list or watch; throws nlohmann exceptions.
LeaseRecord lease_record(const Json& lease);
/// A new Lease object.
std::string make_lease(const ObjectKey& key, const LeaseRecord& record);
/// The Lease in `body` with its spec replaced; labels and whatever else others put there stay, except the address. `body` must be a Lease.
std::string replace_lease(const std::string& body, const LeaseRecord& record);

}  // namespace spillway::kube
