#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "operator/io/clock.hpp"
#include "operator/kube/json.hpp"

namespace spillway::kube {

/// What a request carries to prove who we are; empty parts are not used.
struct Credential {
  std::string token;
  std::string client_cert_pem;
  std::string client_key_pem;
};

/// Where credentials come from. Thread-safe. current() may read a file or run a program, so it never runs on an I/O thread.
class Credentials {
 public:
  virtual ~Credentials() = default;
  virtual Result<Credential> current() = 0;
  /// The server answered 401: the next current() must look again instead of using a copy.
  virtual void invalidate() {}
};

class StaticCredentials final : public Credentials {
 public:
  explicit StaticCredentials(Credential credential) : credential_(std::move(credential)) {}
  Result<Credential> current() override { return credential_; }

 private:
  Credential credential_;
};

/// A token in a file that somebody else rotates (the kubelet does): read again at the latest after 60 s. If the file cannot be
/// read for a moment, the last token stays in use.
class TokenFileCredentials final : public Credentials {
 public:
  /// `rest` holds client certificate and key, if there are any as well.
  TokenFileCredentials(std::string path, const io::Clock& clock, Credential rest = {});
  Result<Credential> current() override;
  void invalidate() override;

 private:
  std::string path_;
  const io::Clock& clock_;
  std::mutex mutex_;
  Credential credential_;
  std::optional<io::MonotonicTime> read_at_;
};

/// The exec section of a kubeconfig user.
struct ExecPlugin {
  std::string api_version;  ///< client.authentication.k8s.io/v1 or v1beta1
  std::string command;
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;
  std::string cluster_json;  ///< spec.cluster of the request if provideClusterInfo is set; else empty
};

/// The ExecCredential that a plugin printed, with its expiry.
struct ExecAnswer {
  Credential credential;
  std::optional<io::WallTime> expires;
};
/// kInvalid if the text is no ExecCredential of that apiVersion or holds neither token nor certificate. Pure.
Result<ExecAnswer> parse_exec_credential(const std::string& text, const std::string& api_version);

/// Runs the plugin (30 s at most) and keeps its answer until shortly before it expires.
class ExecCredentials final : public Credentials {
 public:
  ExecCredentials(ExecPlugin plugin, const io::Clock& clock);
  Result<Credential> current() override;
  void invalidate() override;

 private:
  ExecPlugin plugin_;
  const io::Clock& clock_;
  std::mutex mutex_;
  std::optional<ExecAnswer> answer_;
};

}  // namespace spillway::kube
