#include "operator/api/caller_client.hpp"

#include <nlohmann/json.hpp>

namespace spillway::api {

CallerClient::CallerClient(kube::ClientConfig config, bool authenticated, const io::Clock& clock, io::Scheduler& scheduler, io::Transport& transport)
    : config_(std::move(config)), authenticated_(authenticated), clock_(clock), scheduler_(scheduler), transport_(transport) {}

Result<kube::Json> CallerClient::patch_policy(const http::Caller& caller, const kube::ObjectKey& key, const std::string& merge_patch, bool dry_run) {
  kube::ClientConfig config = config_;
  if (authenticated_) {
    if (caller.token.empty()) return Error{ErrorKind::kUnauthorized, "a token is needed for this"};
    config.credentials = std::make_shared<kube::StaticCredentials>(kube::Credential{.token = caller.token, .client_cert_pem = {}, .client_key_pem = {}});
  }
  kube::RestClientOptions options;
  options.user_agent = "spillway-api";
  options.pool = "callers";
  options.requests_per_second = 0;  // the API server limits its callers itself
  kube::RestClient rest(std::move(config), clock_, scheduler_, transport_, options);
  auto request = kube::patch_request(kube::kAutoscalerPolicies, key, kube::PatchType::kMergePatch, merge_patch, kFieldManager);
  if (dry_run) request.path += request.path.find('?') == std::string::npos ? "?dryRun=All" : "&dryRun=All";
  const auto body = rest.call(std::move(request));
  if (!body) return body.error();
  auto object = kube::Json::parse(*body, nullptr, false);
  if (object.is_discarded()) return Error{ErrorKind::kTransient, "the API server's answer cannot be read"};
  return object;
}

}  // namespace spillway::api
