#pragma once
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "model/base/result.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::kube {

/// Who somebody is, in the words of the API server's TokenReview.
struct UserInfo {
  std::string name;
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;
};

/// A path that is no Kubernetes resource, as nonResourceURLs in a ClusterRole name it.
struct UrlAccess {
  std::string verb;  ///< the HTTP method in lower case
  std::string path;
};

/// A verb on a resource, as rules of a Role name it. Empty namespace: in all namespaces; empty name: any.
struct ResourceAccess {
  std::string verb;
  ResourceType type;
  std::string ns;
  std::string name;
  std::string subresource;
};

/// What a user wants to do.
using AccessAttributes = std::variant<UrlAccess, ResourceAccess>;
/// "get /metrics" or "patch autoscalerpolicies.autoscaling.spillway.dev shop/checkout".
std::string to_string(const AccessAttributes& access);

/// Asks the API server whose token this is. kUnauthorized: nobody's; kTransient: it could not be asked, for want of a connection or
/// because the operator itself may not create TokenReviews. Blocks, 5 s at most.
Result<UserInfo> review_token(RestClient& rest, const std::string& token);
/// Asks whether RBAC (or whatever authorizes there) lets the user do that. kForbidden: no; kTransient as above. Blocks, 5 s at most.
Status review_access(RestClient& rest, const UserInfo& user, const AccessAttributes& access);

}  // namespace spillway::kube
