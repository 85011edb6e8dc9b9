#include "operator/kube/config.hpp"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "operator/io/files.hpp"
#include "operator/kube/base64.hpp"

namespace spillway::kube {
namespace {

/// Thrown inside this file only, and turned into kInvalid at its border, as yaml-cpp's own exceptions are.
struct Fault {
  std::string message;
};

std::string text(const YAML::Node& node, const char* name) {
  const YAML::Node value = node[name];
  if (!value || value.IsNull()) return {};
  if (!value.IsScalar()) throw Fault{std::string(name) + ": want a string"};
  return value.Scalar();
}

/// The named entry of a kubeconfig list and what stands in it under `body`.
YAML::Node entry(const YAML::Node& config, const char* list, const std::string& name, const char* body) {
  for (const auto& each : config[list])
    if (each.IsMap() && text(each, "name") == name) return each[body] && each[body].IsMap() ? each[body] : YAML::Node(YAML::NodeType::Map);
  throw Fault{std::string(list) + ": no entry named \"" + name + "\""};
}

class KubeconfigReader {
 public:
  KubeconfigReader(const std::string& directory, const io::Clock& clock) : directory_(directory), clock_(clock) {}

  ClientConfig read(const YAML::Node& config, const std::string& wanted_context) {
    if (!config.IsMap()) throw Fault{"want a map with clusters, contexts and users"};
    const std::string name = wanted_context.empty() ? text(config, "current-context") : wanted_context;
    if (name.empty()) throw Fault{"current-context is not set"};
    const YAML::Node context = entry(config, "contexts", name, "context");
    ClientConfig client;
    read_cluster(entry(config, "clusters", text(context, "cluster"), "cluster"), client);
    if (const std::string ns = text(context, "namespace"); !ns.empty()) client.default_namespace = ns;
    const std::string user = text(context, "user");
    client.credentials = user.empty() ? std::make_shared<StaticCredentials>(Credential{})
                                      : read_user(entry(config, "users", user, "user"), client);
    return client;
  }

 private:
  void read_cluster(const YAML::Node& cluster, ClientConfig& client) {
    client.server = text(cluster, "server");
    while (!client.server.empty() && client.server.back() == '/') client.server.pop_back();
    if (client.server.rfind("https://", 0) != 0 && client.server.rfind("http://", 0) != 0)
      throw Fault{"cluster.server: want https://host:port"};
    if (text(cluster, "insecure-skip-tls-verify") == "true")
      throw Fault{"cluster.insecure-skip-tls-verify: verification is always on; give certificate-authority instead"};
    for (const char* unsupported : {"proxy-url", "tls-server-name"})
      if (!text(cluster, unsupported).empty()) throw Fault{std::string("cluster.") + unsupported + ": not supported"};
    client.ca_pem = data_or_file(cluster, "certificate-authority");
  }

  std::shared_ptr<Credentials> read_user(const YAML::Node& user, const ClientConfig& client) {
    for (const char* unsupported : {"username", "password", "auth-provider", "as"})
      if (user[unsupported]) throw Fault{std::string("user.") + unsupported + ": not supported"};
    Credential credential;
    credential.client_cert_pem = data_or_file(user, "client-certificate");
    credential.client_key_pem = data_or_file(user, "client-key");
    if (credential.client_cert_pem.empty() != credential.client_key_pem.empty())
      throw Fault{"user.client-certificate and user.client-key go together"};
    if (const std::string file = text(user, "tokenFile"); !file.empty())
      return std::make_shared<TokenFileCredentials>(absolute(file), clock_, std::move(credential));
    credential.token = text(user, "token");
    if (const YAML::Node exec = user["exec"]; exec && exec.IsMap() && credential.token.empty())
      return std::make_shared<ExecCredentials>(read_exec(exec, client), clock_);
    return std::make_shared<StaticCredentials>(std::move(credential));
  }

  ExecPlugin read_exec(const YAML::Node& exec, const ClientConfig& client) {
    ExecPlugin plugin;
    plugin.api_version = text(exec, "apiVersion");
    if (plugin.api_version != "client.authentication.k8s.io/v1" && plugin.api_version != "client.authentication.k8s.io/v1beta1")
      throw Fault{"user.exec.apiVersion: want client.authentication.k8s.io/v1 or v1beta1"};
    plugin.command = text(exec, "command");
    if (plugin.command.empty()) throw Fault{"user.exec.command is not set"};
    if (plugin.command.find('/') != std::string::npos) plugin.command = absolute(plugin.command);
    for (const auto& argument : exec["args"]) plugin.args.push_back(argument.as<std::string>());
    for (const auto& variable : exec["env"]) plugin.env.emplace_back(text(variable, "name"), text(variable, "value"));
    if (text(exec, "provideClusterInfo") == "true") {
      Json cluster{{"server", client.server}};
      if (!client.ca_pem.empty()) cluster["certificate-authority-data"] = encode_base64(client.ca_pem);
      plugin.cluster_json = cluster.dump();
    }
    return plugin;
  }

  /// `<name>-data` in base64, else the file `<name>`; empty if neither is there.
  std::string data_or_file(const YAML::Node& node, const std::string& name) {
    if (const std::string data = text(node, (name + "-data").c_str()); !data.empty()) {
      auto pem = decode_base64(data);
      if (!pem) throw Fault{name + "-data: want base64"};
      return std::move(*pem);
    }
    const std::string file = text(node, name.c_str());
    if (file.empty()) return {};
    auto content = io::read_file(absolute(file));
    if (!content) throw Fault{name + ": " + content.error().message};
    return std::move(*content);
  }

  std::string absolute(const std::string& path) const {
    return path.front() == '/' || directory_.empty() ? path : directory_ + "/" + path;
  }

  const std::string& directory_;
  const io::Clock& clock_;
};

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value && *value ? value : nullptr;
}

bool exists(const std::string& path) {
  auto content = io::read_file(path);
  return content || content.error().kind != ErrorKind::kNotFound;
}

/// $KUBECONFIG may list several files. kubectl merges them; here the first that exists counts.
std::string first_existing(const std::string& list) {
  std::size_t start = 0;
  while (start <= list.size()) {
    const auto colon = std::min(list.find(':', start), list.size());
    const std::string path = list.substr(start, colon - start);
    if (!path.empty() && exists(path)) return path;
    start = colon + 1;
  }
  return list;
}

}  // namespace

Result<ClientConfig> parse_kubeconfig(const std::string& text_in, const std::string& directory, const std::string& context,
                                      const io::Clock& clock) {
  try {
    return KubeconfigReader(directory, clock).read(YAML::Load(text_in), context);
  } catch (const Fault& fault) {
    return Error{ErrorKind::kInvalid, "kubeconfig: " + fault.message};
  } catch (const YAML::Exception& error) {
    return Error{ErrorKind::kInvalid, "kubeconfig: line " + std::to_string(error.mark.line + 1) + ": " + error.msg};
  }
}

Result<ClientConfig> load_kubeconfig(const std::string& path, const std::string& context, const io::Clock& clock) {
  auto content = io::read_file(path);
  if (!content) return content.error();
  const auto slash = path.rfind('/');
  auto config = parse_kubeconfig(*content, slash == std::string::npos ? "." : path.substr(0, slash), context, clock);
  if (!config) return Error{config.error().kind, path + ": " + config.error().message};
  return config;
}

Result<ClientConfig> in_cluster_config(const io::Clock& clock, const std::string& directory) {
  const char* host = environment("KUBERNETES_SERVICE_HOST");
  const char* port = environment("KUBERNETES_SERVICE_PORT");
  if (!host || !port) return Error{ErrorKind::kNotFound, "not in a pod: KUBERNETES_SERVICE_HOST and _PORT are not set"};
  auto ca = io::read_file(directory + "/ca.crt");
  if (!ca) return ca.error();
  ClientConfig config;
  const std::string address = std::string(host).find(':') == std::string::npos ? host : "[" + std::string(host) + "]";
  config.server = "https://" + address + ":" + port;
  config.ca_pem = std::move(*ca);
  if (auto ns = io::read_file(directory + "/namespace"); ns && !ns->empty()) config.default_namespace = *ns;
  config.credentials = std::make_shared<TokenFileCredentials>(directory + "/token", clock);
  if (auto token = config.credentials->current(); !token) return token.error();
  return config;
}

Result<ClientConfig> find_config(const std::string& path, const std::string& context, const io::Clock& clock) {
  if (!path.empty()) return load_kubeconfig(path, context, clock);
  if (const char* files = environment("KUBECONFIG")) return load_kubeconfig(first_existing(files), context, clock);
  if (auto config = in_cluster_config(clock); config || config.error().kind != ErrorKind::kNotFound) return config;
  const char* home = environment("HOME");
  const std::string file = std::string(home ? home : "") + "/.kube/config";
  if (!exists(file))
    return Error{ErrorKind::kNotFound, "no cluster: --kubeconfig and KUBECONFIG are not set, this is no pod, and there is no " + file};
  return load_kubeconfig(file, context, clock);
}

}  // namespace spillway::kube
