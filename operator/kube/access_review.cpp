#include "operator/kube/access_review.hpp"

#include <nlohmann/json.hpp>

#include "operator/kube/json.hpp"

namespace spillway::kube {
namespace {

const ResourceType kTokenReviews{"authentication.k8s.io", "v1", "tokenreviews", "TokenReview", false};
const ResourceType kSubjectAccessReviews{"authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", false};
constexpr std::chrono::seconds kLimit{5};

/// The status of the review. Every failure is kTransient: also a 401 or 403 here is about the operator, not about the user.
Result<Json> review(RestClient& rest, const ResourceType& type, Json spec) {
  const Json object{{"apiVersion", type.api_version()}, {"kind", type.kind}, {"spec", std::move(spec)}};
  ApiRequest request = create_request(type, {}, object.dump(-1, ' ', false, Json::error_handler_t::replace));
  request.timeout = kLimit;
  const auto body = rest.call(std::move(request));
  if (!body) return Error{ErrorKind::kTransient, "no " + type.kind + ": " + body.error().message};
  const Json answer = Json::parse(*body, nullptr, false);
  if (!answer.is_object() || !answer.contains("status") || !answer["status"].is_object())
    return Error{ErrorKind::kTransient, "the answer is no " + type.kind};
  return answer["status"];
}

Json encode(const UrlAccess& access) { return {{"nonResourceAttributes", {{"verb", access.verb}, {"path", access.path}}}}; }

Json encode(const ResourceAccess& access) {
  return {{"resourceAttributes",
           {{"verb", access.verb},
            {"group", access.type.group},
            {"version", access.type.version},
            {"resource", access.type.plural},
            {"subresource", access.subresource},
            {"namespace", access.ns},
            {"name", access.name}}}};
}

std::string describe(const UrlAccess& access) { return access.verb + " " + access.path; }

std::string describe(const ResourceAccess& access) {
  std::string text = access.verb + " " + access.type.plural;
  if (!access.subresource.empty()) text += "/" + access.subresource;
  if (!access.type.group.empty()) text += "." + access.type.group;
  if (access.ns.empty() && access.name.empty()) return text + " in all namespaces";
  return text + " " + access.ns + "/" + (access.name.empty() ? "*" : access.name);
}

}  // namespace

std::string to_string(const AccessAttributes& access) {
  return std::visit([](const auto& one) { return describe(one); }, access);
}

Result<UserInfo> review_token(RestClient& rest, const std::string& token) {
  const auto status = review(rest, kTokenReviews, {{"token", token}});
  if (!status) return status.error();
  try {
    if (!status->value("authenticated", false)) return Error{ErrorKind::kUnauthorized, "the token is not valid"};
    const Json& user = status->at("user");
    return UserInfo{user.at("username").get<std::string>(), user.value("uid", ""),
                    user.value("groups", std::vector<std::string>{}),
                    user.value("extra", std::map<std::string, std::vector<std::string>>{})};
  } catch (const Json::exception&) {
    return Error{ErrorKind::kTransient, "the answer is no TokenReview"};
  }
}

Status review_access(RestClient& rest, const UserInfo& user, const AccessAttributes& access) {
  Json spec = std::visit([](const auto& one) { return encode(one); }, access);
  spec["user"] = user.name;
  spec["uid"] = user.uid;
  spec["groups"] = user.groups;
  spec["extra"] = user.extra;
  const auto status = review(rest, kSubjectAccessReviews, std::move(spec));
  if (!status) return status.error();
  const auto allowed = status->find("allowed");
  if (allowed != status->end() && allowed->is_boolean() && allowed->get<bool>()) return Ok{};
  return Error{ErrorKind::kForbidden, user.name + " may not " + to_string(access)};
}

}  // namespace spillway::kube
