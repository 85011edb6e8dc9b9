#include "operator/kube/request.hpp"

namespace spillway::kube {
namespace {

constexpr std::chrono::milliseconds kListTimeout{60000};  // a page of 500 fat objects over a slow link

void add_parameter(std::string& path, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  path += path.find('?') == std::string::npos ? '?' : '&';
  path.append(name);
  path += '=';
  path += url_escape(value);
}

std::string selection_path(const Selection& selection) {
  std::string path = resource_path(selection.type, selection.ns);
  add_parameter(path, "labelSelector", selection.label_selector);
  add_parameter(path, "fieldSelector", selection.field_selector);
  return path;
}

const char* content_type(PatchType patch) {
  switch (patch) {
    case PatchType::kJsonPatch: return "application/json-patch+json";
    case PatchType::kMergePatch: return "application/merge-patch+json";
    case PatchType::kStrategicMerge: return "application/strategic-merge-patch+json";
  }
  return "";
}

ApiRequest with_body(std::string method, std::string path, std::string content_type, std::string body) {
  ApiRequest request;
  request.method = std::move(method);
  request.path = std::move(path);
  request.content_type = std::move(content_type);
  request.body = std::move(body);
  return request;
}

}  // namespace

std::string url_escape(std::string_view text) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char raw : text) {
    const auto c = static_cast<unsigned char>(raw);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
                       c == '.' || c == '~';
    if (plain) {
      escaped += raw;
    } else {
      escaped += '%';
      escaped += kHex[c >> 4];
      escaped += kHex[c & 15];
    }
  }
  return escaped;
}

std::string resource_path(const ResourceType& type, const std::string& ns, const std::string& name,
                          const std::string& subresource) {
  std::string path = type.group.empty() ? "/api/" : "/apis/" + url_escape(type.group) + "/";
  path += url_escape(type.version);
  if (type.namespaced && !ns.empty()) path += "/namespaces/" + url_escape(ns);
  path += "/" + url_escape(type.plural);
  if (!name.empty()) path += "/" + url_escape(name);
  if (!subresource.empty()) path += "/" + url_escape(subresource);
  return path;
}

ApiRequest list_request(const Selection& selection, const std::string& continue_token, int limit) {
  ApiRequest request;
  request.path = selection_path(selection);
  add_parameter(request.path, "limit", std::to_string(limit));
  add_parameter(request.path, "continue", continue_token);
  request.timeout = kListTimeout;
  return request;
}

ApiRequest watch_request(const Selection& selection, const std::string& resource_version,
                         std::chrono::seconds server_timeout) {
  ApiRequest request;
  request.path = selection_path(selection);
  add_parameter(request.path, "watch", "true");
  add_parameter(request.path, "allowWatchBookmarks", "true");
  add_parameter(request.path, "resourceVersion", resource_version);
  add_parameter(request.path, "timeoutSeconds", std::to_string(server_timeout.count()));
  request.timeout = std::chrono::milliseconds(0);
  return request;
}

ApiRequest get_request(const ResourceType& type, const ObjectKey& key, const std::string& subresource) {
  ApiRequest request;
  request.path = resource_path(type, key.ns, key.name, subresource);
  return request;
}

ApiRequest create_request(const ResourceType& type, const std::string& ns, std::string body) {
  return with_body("POST", resource_path(type, ns), "application/json", std::move(body));
}

ApiRequest update_request(const ResourceType& type, const ObjectKey& key, std::string body, const std::string& subresource) {
  return with_body("PUT", resource_path(type, key.ns, key.name, subresource), "application/json", std::move(body));
}

ApiRequest apply_request(const ResourceType& type, const ObjectKey& key, std::string body, const std::string& field_manager,
                         bool force, const std::string& subresource) {
  // JSON is YAML, and apply-patch+yaml is the content type that every supported server knows.
  auto request = with_body("PATCH", resource_path(type, key.ns, key.name, subresource), "application/apply-patch+yaml",
                           std::move(body));
  add_parameter(request.path, "fieldManager", field_manager);
  if (force) add_parameter(request.path, "force", "true");
  return request;
}

ApiRequest patch_request(const ResourceType& type, const ObjectKey& key, PatchType patch, std::string body,
                         const std::string& field_manager, const std::string& subresource) {
  auto request = with_body("PATCH", resource_path(type, key.ns, key.name, subresource), content_type(patch), std::move(body));
  add_parameter(request.path, "fieldManager", field_manager);
  return request;
}

ApiRequest delete_request(const ResourceType& type, const ObjectKey& key, std::string body) {
  return with_body("DELETE", resource_path(type, key.ns, key.name), body.empty() ? "" : "application/json", std::move(body));
}

std::string scale_patch(Replicas from, Replicas to) {
  // The server leaves zero replicas out of the Scale's JSON: an absent member equals null in a test, and "add", unlike
  // "replace", also writes where nothing stands.
  const std::string expected = from == 0 ? "null" : std::to_string(from);
  return R"([{"op":"test","path":"/spec/replicas","value":)" + expected +
         R"(},{"op":"add","path":"/spec/replicas","value":)" + std::to_string(to) + "}]";
}

}  // namespace spillway::kube
