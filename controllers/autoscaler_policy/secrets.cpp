#include "controllers/autoscaler_policy/secrets.hpp"

#include <nlohmann/json.hpp>

#include "operator/kube/base64.hpp"

namespace spillway::autoscaler_policy {
namespace {

constexpr std::chrono::seconds kKept{30};

std::map<std::string, std::string> decode_data(const kube::Json& secret) {
  std::map<std::string, std::string> decoded;
  const auto data = secret.find("data");
  if (data == secret.end() || !data->is_object()) return decoded;
  for (const auto& [key, value] : data->items()) {
    if (!value.is_string()) continue;
    if (auto bytes = kube::decode_base64(value.get_ref<const std::string&>())) decoded[key] = std::move(*bytes);
  }
  return decoded;
}

}  // namespace

Result<SecretReader::Entry> SecretReader::fetch(const kube::ObjectKey& secret) {
  const auto object = client_.get(kube::kSecrets, secret);
  if (!object) return Error{object.error().kind, "Secret " + secret.to_string() + ": " + object.error().message};
  return Entry{clock_.monotonic(), decode_data(*object)};
}

Result<std::string> SecretReader::read(const std::string& ns, const std::string& name, const std::string& key) {
  const kube::ObjectKey secret{ns, name};
  Entry entry;
  {
    std::lock_guard lock(mutex_);
    if (const auto found = entries_.find(secret); found != entries_.end()) entry = found->second;
  }
  if (entry.data.empty() || clock_.monotonic() - entry.read_at > kKept) {
    auto fetched = fetch(secret);
    if (!fetched) return fetched.error();
    entry = std::move(*fetched);
    std::lock_guard lock(mutex_);
    entries_[secret] = entry;
  }
  const auto value = entry.data.find(key);
  if (value != entry.data.end()) return value->second;
  return Error{ErrorKind::kNotFound, "Secret " + secret.to_string() + " has no key \"" + key + "\""};
}

}  // namespace spillway::autoscaler_policy
