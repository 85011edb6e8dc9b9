#include "operator/kube/resource.hpp"

namespace spillway::kube {

Result<GroupVersionKind> make_gvk(const std::string& api_version, const std::string& kind) {
  const auto slash = api_version.find('/');
  GroupVersionKind gvk;
  gvk.kind = kind;
  if (slash != std::string::npos) gvk.group = api_version.substr(0, slash);
  gvk.version = slash == std::string::npos ? api_version : api_version.substr(slash + 1);
  const bool empty_part = gvk.version.empty() || kind.empty() || (slash != std::string::npos && gvk.group.empty());
  if (empty_part || gvk.version.find('/') != std::string::npos)
    return Error{ErrorKind::kInvalid,
                 "apiVersion \"" + api_version + "\", kind \"" + kind + "\": want group/version or version, and a kind"};
  return gvk;
}

}  // namespace spillway::kube
