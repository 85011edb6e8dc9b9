#pragma once
#include <string>

#include "operator/http/authorizer.hpp"
#include "operator/kube/config.hpp"
#include "operator/kube/json.hpp"
#include "operator/kube/request.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::api {

/// Writes to the API server with the caller's own token, so that nobody can do through the operator what they may not do themselves. With
/// `auth: none` there are no tokens, and the operator's own credentials are used: that setting is for a listener on loopback. Thread-safe; blocks.
class CallerClient {
 public:
  static constexpr const char* kFieldManager = "spillway-api";

  CallerClient(kube::ClientConfig config, bool authenticated, const io::Clock& clock, io::Scheduler& scheduler, io::Transport& transport);

  /// A merge patch of a policy; returns the object as the server has it afterwards (or would have it, with `dry_run`).
  Result<kube::Json> patch_policy(const http::Caller& caller, const kube::ObjectKey& key, const std::string& merge_patch, bool dry_run);

 private:
  kube::ClientConfig config_;
  bool authenticated_;
  const io::Clock& clock_;
  io::Scheduler& scheduler_;
  io::Transport& transport_;
};

}  // namespace spillway::api
