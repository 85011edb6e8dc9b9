#include "operator/kube/client.hpp"

#include <nlohmann/json.hpp>

#include "operator/kube/watch_decoder.hpp"

namespace spillway::kube {
namespace {

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string delete_options(const std::string& uid) {
  return uid.empty() ? std::string() : dumped({{"preconditions", {{"uid", uid}}}});
}

}  // namespace

Client::Client(RestClient& rest, std::string field_manager) : rest_(rest), field_manager_(std::move(field_manager)) {}

Result<Json> Client::call(ApiRequest request) {
  auto body = rest_.call(std::move(request));
  if (!body) return body.error();
  Json object = Json::parse(*body, nullptr, false);
  if (!object.is_object()) return Error{ErrorKind::kInvalid, "the answer is no object"};
  return object;
}

Result<Json> Client::get(const ResourceType& type, const ObjectKey& key, const std::string& subresource) {
  return call(get_request(type, key, subresource));
}

Result<std::string> Client::list(const Selection& selection, const std::function<void()>& begin,
                                 const std::function<void(const Json&)>& each) {
  begin();
  std::string token;
  bool started_again = false;
  while (true) {
    auto body = rest_.call(list_request(selection, token));
    if (!body && body.error().kind == ErrorKind::kGone && !token.empty() && !std::exchange(started_again, true)) {
      token.clear();
      begin();
      continue;
    }
    if (!body) return body.error();
    auto page = decode_list(*body, each);
    if (!page) return page.error();
    if (page->continue_token.empty()) return page->resource_version;
    token = page->continue_token;
  }
}

Result<std::vector<Json>> Client::list(const Selection& selection) {
  std::vector<Json> objects;
  auto version = list(selection, [&] { objects.clear(); }, [&](const Json& object) { objects.push_back(object); });
  if (!version) return version.error();
  return objects;
}

Result<Json> Client::create(const ResourceType& type, const std::string& ns, const Json& object) {
  return call(create_request(type, ns, dumped(object)));
}

Result<Json> Client::update(const ResourceType& type, const ObjectKey& key, const Json& object,
                            const std::string& subresource) {
  return call(update_request(type, key, dumped(object), subresource));
}

Result<Json> Client::apply(const ResourceType& type, const ObjectKey& key, const Json& object, bool force,
                           const std::string& subresource) {
  return call(apply_request(type, key, dumped(object), field_manager_, force, subresource));
}

Result<Json> Client::patch(const ResourceType& type, const ObjectKey& key, PatchType kind, const Json& patch,
                           const std::string& subresource) {
  return call(patch_request(type, key, kind, dumped(patch), field_manager_, subresource));
}

Status Client::remove(const ResourceType& type, const ObjectKey& key, const std::string& uid) {
  auto answer = rest_.call(delete_request(type, key, delete_options(uid)));
  if (!answer) return answer.error();
  return Ok{};
}

Result<Scale> Client::get_scale(const ResourceType& type, const ObjectKey& key) {
  auto object = get(type, key, "scale");
  if (!object) return object.error();
  return parse_scale(*object);
}

Result<Scale> Client::set_scale(const ResourceType& type, const ObjectKey& key, Replicas from, Replicas to) {
  auto object = call(patch_request(type, key, PatchType::kJsonPatch, scale_patch(from, to), field_manager_, "scale"));
  if (!object) return object.error();
  return parse_scale(*object);
}

}  // namespace spillway::kube
