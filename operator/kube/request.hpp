#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "model/base/units.hpp"
#include "operator/kube/resource.hpp"

namespace spillway::kube {

// The request builder: pure functions from intent to method, path and body. No I/O, no credentials.

/// A request to the API server, still without host and credentials.
struct ApiRequest {
  std::string method = "GET";
  std::string path;          ///< with query, already escaped
  std::string content_type;  ///< of the body
  std::string body;
  std::chrono::milliseconds timeout{10000};  ///< for the whole exchange

  bool is_read() const { return method == "GET"; }
};

/// Which objects a list or a watch covers.
struct Selection {
  ResourceType type;
  std::string ns;  ///< empty = all namespaces
  std::string label_selector;
  std::string field_selector;
};

inline constexpr int kPageSize = 500;

/// /api/v1/namespaces/x/pods/y/scale and its like; every part is escaped.
std::string resource_path(const ResourceType& type, const std::string& ns, const std::string& name = {},
                          const std::string& subresource = {});
std::string url_escape(std::string_view text);

/// One page of a list. An empty token asks for the first page, at the newest version.
ApiRequest list_request(const Selection& selection, const std::string& continue_token, int limit = kPageSize);
/// A watch from a resource version, with bookmarks; the server ends it after `server_timeout`.
ApiRequest watch_request(const Selection& selection, const std::string& resource_version,
                         std::chrono::seconds server_timeout);
ApiRequest get_request(const ResourceType& type, const ObjectKey& key, const std::string& subresource = {});
ApiRequest create_request(const ResourceType& type, const std::string& ns, std::string body);
/// PUT; a resourceVersion in the body makes it conditional.
ApiRequest update_request(const ResourceType& type, const ObjectKey& key, std::string body,
                          const std::string& subresource = {});
/// Server-side apply of the fields in `body`. With `force` fields owned by other managers are taken over.
ApiRequest apply_request(const ResourceType& type, const ObjectKey& key, std::string body, const std::string& field_manager,
                         bool force, const std::string& subresource = {});

enum class PatchType { kJsonPatch, kMergePatch, kStrategicMerge };
ApiRequest patch_request(const ResourceType& type, const ObjectKey& key, PatchType patch, std::string body,
                         const std::string& field_manager, const std::string& subresource = {});
ApiRequest delete_request(const ResourceType& type, const ObjectKey& key, std::string body = {});

/// The JSON patch on /scale that writes `to` only if spec.replicas is still `from`.
std::string scale_patch(Replicas from, Replicas to);

}  // namespace spillway::kube
