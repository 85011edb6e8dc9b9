#pragma once
#include <memory>
#include <string>

#include "model/base/result.hpp"
#include "operator/io/clock.hpp"
#include "operator/io/transport.hpp"
#include "operator/kube/credentials.hpp"

namespace spillway::kube {

/// Which server, how to trust it, and how to prove who we are.
struct ClientConfig {
  std::string server;            ///< https://host:port, without a slash at the end
  std::string ca_pem;            ///< empty = the system's trust store
  std::string default_namespace = "default";
  std::shared_ptr<Credentials> credentials;
};

/// The text of a kubeconfig. Relative paths in it count from `directory`. An empty `context` takes current-context.
/// Understands token, tokenFile, client certificate and key (data or file) and exec plugins (ExecCredential v1, v1beta1).
/// kInvalid names the field: insecure-skip-tls-verify, proxy-url, tls-server-name and basic auth are refused, not ignored.
Result<ClientConfig> parse_kubeconfig(const std::string& text, const std::string& directory, const std::string& context,
                                      const io::Clock& clock);

Result<ClientConfig> load_kubeconfig(const std::string& path, const std::string& context, const io::Clock& clock);

/// From the service account's mounted files and KUBERNETES_SERVICE_HOST/PORT; kNotFound outside of a pod.
Result<ClientConfig> in_cluster_config(const io::Clock& clock,
                                       const std::string& directory = "/var/run/secrets/kubernetes.io/serviceaccount");

/// As kubectl and controller-runtime look: `path` if not empty, else $KUBECONFIG, else in-cluster, else ~/.kube/config.
Result<ClientConfig> find_config(const std::string& path, const std::string& context, const io::Clock& clock);

}  // namespace spillway::kube
