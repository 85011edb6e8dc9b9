#include "operator/kube/discovery.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "operator/kube/json.hpp"

namespace spillway::kube {
namespace {

constexpr std::chrono::seconds kLookAgain{10};

Error unreadable() { return {ErrorKind::kInvalid, "discovery: the answer is no APIResourceList"}; }

std::string name_of(const GroupVersionKind& gvk) { return gvk.kind + " in " + gvk.api_version(); }

}  // namespace

Result<std::vector<DiscoveredKind>> parse_resource_list(const std::string& text) {
  const Json list = Json::parse(text, nullptr, false);
  if (!list.is_object() || !list.contains("resources") || !list["resources"].is_array()) return unreadable();
  std::vector<DiscoveredKind> kinds;
  std::vector<std::string> with_scale;
  try {
    auto gvk = make_gvk(list.value("groupVersion", ""), "any");
    if (!gvk) return unreadable();
    for (const auto& resource : list["resources"]) {
      const std::string name = resource.value("name", "");
      const auto slash = name.find('/');
      if (slash == std::string::npos) {
        kinds.push_back({{gvk->group, gvk->version, name, resource.value("kind", ""), resource.value("namespaced", true)}, false});
      } else if (name.substr(slash) == "/scale") {
        with_scale.push_back(name.substr(0, slash));
      }
    }
  } catch (const Json::exception&) {
    return unreadable();
  }
  for (auto& kind : kinds)
    kind.has_scale = std::find(with_scale.begin(), with_scale.end(), kind.type.plural) != with_scale.end();
  return kinds;
}

RestMapper::RestMapper(RestClient& rest, const io::Clock& clock) : rest_(rest), clock_(clock) {}

Result<std::vector<DiscoveredKind>> RestMapper::fetch(const GroupVersionKind& gvk) {
  ApiRequest request;
  request.path = gvk.group.empty() ? "/api/" + url_escape(gvk.version)
                                   : "/apis/" + url_escape(gvk.group) + "/" + url_escape(gvk.version);
  auto body = rest_.call(std::move(request));
  if (body) return parse_resource_list(*body);
  if (body.error().kind == ErrorKind::kNotFound) return std::vector<DiscoveredKind>{};
  return body.error();
}

Result<DiscoveredKind> RestMapper::find(const GroupVersionKind& gvk) {
  const auto among = [&](const std::vector<DiscoveredKind>& kinds) -> const DiscoveredKind* {
    for (const auto& each : kinds)
      if (each.type.kind == gvk.kind) return &each;
    return nullptr;
  };
  const Error unknown{ErrorKind::kNotFound, "the cluster does not serve " + name_of(gvk)};
  {
    std::lock_guard lock(mutex_);
    const auto known = by_api_version_.find(gvk.api_version());
    if (known != by_api_version_.end()) {
      if (const auto* found = among(known->second.kinds)) return *found;
      if (clock_.monotonic() - known->second.fetched < kLookAgain) return unknown;
    }
  }
  auto kinds = fetch(gvk);  // without the lock: two threads may ask the same, which harms nothing
  if (!kinds) return kinds.error();
  std::lock_guard lock(mutex_);
  auto& entry = by_api_version_[gvk.api_version()];
  entry = {std::move(*kinds), clock_.monotonic()};
  const auto* found = among(entry.kinds);
  if (!found) return unknown;
  return *found;
}

Result<ResourceType> RestMapper::find_scalable(const GroupVersionKind& gvk) {
  auto found = find(gvk);
  if (!found) return found.error();
  if (!found->has_scale) return Error{ErrorKind::kInvalid, name_of(gvk) + " has no scale subresource"};
  return found->type;
}

}  // namespace spillway::kube
