#pragma once
#include <optional>
#include <string>

#include "model/base/result.hpp"
#include "operator/kube/access_review.hpp"

namespace spillway::http {

/// Who asks. `token` is the caller's own bearer token, for requests that are made with the caller's rights: never log it.
struct Caller {
  kube::UserInfo user;
  std::string token;
};

/// Decides who may do what. Thread-safe; may block while it asks.
class Authorizer {
 public:
  virtual ~Authorizer() = default;
  /// The caller, if the token is somebody's who may do that. kUnauthorized, kForbidden (the message says what is missing), or
  /// kTransient when it cannot be known now.
  virtual Result<Caller> admit(const std::string& token, const kube::AccessAttributes& access) = 0;
};

/// Lets everybody do everything: `auth: none`, for a listener on loopback.
class NoAuthorizer final : public Authorizer {
 public:
  Result<Caller> admit(const std::string& token, const kube::AccessAttributes&) override { return Caller{{}, token}; }
};

}  // namespace spillway::http
