#pragma once
#include <functional>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "model/base/units.hpp"
#include "operator/kube/json.hpp"
#include "operator/kube/objects.hpp"
#include "operator/kube/request.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::kube {

/// The verbs, for any resource, waiting for the answer. Objects are JSON: turn them into a view (objects.hpp, crds) at once.
/// Errors carry the server's message and the kind that says what to do; no call tries a failed write again. Thread-safe.
/// Not for the transport's or the scheduler's thread.
class Client {
 public:
  /// Writes are recorded under `field_manager`.
  Client(RestClient& rest, std::string field_manager);

  Result<Json> get(const ResourceType& type, const ObjectKey& key, const std::string& subresource = {});
  /// All pages (500 objects each), object by object; no page is kept. An expired page token starts again once from the top:
  /// then `begin` is called again. Returns the list's resourceVersion.
  Result<std::string> list(const Selection& selection, const std::function<void()>& begin,
                           const std::function<void(const Json&)>& each);
  /// The same, collected.
  Result<std::vector<Json>> list(const Selection& selection);
  Result<Json> create(const ResourceType& type, const std::string& ns, const Json& object);
  /// PUT. kConflict if the object holds a resourceVersion that is no longer current.
  Result<Json> update(const ResourceType& type, const ObjectKey& key, const Json& object, const std::string& subresource = {});
  /// Server-side apply of exactly the fields in `object`. kConflict if another manager owns one of them and `force` is not set.
  Result<Json> apply(const ResourceType& type, const ObjectKey& key, const Json& object, bool force,
                     const std::string& subresource = {});
  Result<Json> patch(const ResourceType& type, const ObjectKey& key, PatchType kind, const Json& patch,
                     const std::string& subresource = {});
  /// kNotFound if it is gone already. A non-empty `uid` deletes only that very object.
  Status remove(const ResourceType& type, const ObjectKey& key, const std::string& uid = {});

  Result<Scale> get_scale(const ResourceType& type, const ObjectKey& key);
  /// Writes spec.replicas through /scale if it still is `from`; kConflict if it is not.
  Result<Scale> set_scale(const ResourceType& type, const ObjectKey& key, Replicas from, Replicas to);

  RestClient& rest() { return rest_; }

 private:
  Result<Json> call(ApiRequest request);

  RestClient& rest_;
  std::string field_manager_;
};

}  // namespace spillway::kube
