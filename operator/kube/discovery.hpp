#pragma once
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "operator/io/clock.hpp"
#include "operator/kube/resource.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::kube {

/// A kind as the server serves it.
struct DiscoveredKind {
  ResourceType type;
  bool has_scale = false;
};

/// What `GET /apis/<group>/<version>` says. Pure; kInvalid if the text is no APIResourceList.
Result<std::vector<DiscoveredKind>> parse_resource_list(const std::string& text);

/// Finds the resource of any kind. Answers are kept; a kind that is not among them is looked up again, at most every 10 s, so
/// that a CRD installed later is found. Thread-safe; waits for the server on a miss.
class RestMapper {
 public:
  RestMapper(RestClient& rest, const io::Clock& clock);

  /// kNotFound if the server does not serve the kind.
  Result<DiscoveredKind> find(const GroupVersionKind& gvk);
  /// As find, and kInvalid with a message for people if the kind has no /scale.
  Result<ResourceType> find_scalable(const GroupVersionKind& gvk);

 private:
  struct Entry {
    std::vector<DiscoveredKind> kinds;
    io::MonotonicTime fetched;
  };
  Result<std::vector<DiscoveredKind>> fetch(const GroupVersionKind& gvk);

  RestClient& rest_;
  const io::Clock& clock_;
  std::mutex mutex_;
  std::map<std::string, Entry> by_api_version_;
};

}  // namespace spillway::kube
