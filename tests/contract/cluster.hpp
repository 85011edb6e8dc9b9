#pragma once
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <random>

#include "operator/io/curl_transport.hpp"
#include "operator/io/files.hpp"
#include "operator/io/process.hpp"
#include "operator/kube/client.hpp"
#include "tests/operator/io/waiting.hpp"

namespace spillway::testing {

using kube::Json;
using kube::ObjectKey;

inline const kube::ResourceType kNamespaces{"", "v1", "namespaces", "Namespace", false};
inline const kube::ResourceType kServiceAccounts{"", "v1", "serviceaccounts", "ServiceAccount"};
inline const kube::ResourceType kRoles{"rbac.authorization.k8s.io", "v1", "roles", "Role"};
inline const kube::ResourceType kRoleBindings{"rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding"};

/// A test on the real control plane, in a namespace of its own. Skipped where there is no cluster.
class ClusterTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* folder = std::getenv("SPILLWAY_CLUSTER_DIR");
    if (!folder) GTEST_SKIP() << "SPILLWAY_CLUSTER_DIR is not set: bring a cluster up with tests/cluster/up DIR";
    cluster_ = folder;
    auto config = kube::load_kubeconfig(cluster_ + "/admin.kubeconfig", "", clock_);
    ASSERT_TRUE(config) << config.error().message;
    admin_ = *config;
    rest_ = std::make_unique<kube::RestClient>(admin_, clock_, scheduler_, transport_, unlimited());
    client_ = std::make_unique<kube::Client>(*rest_, "contract-test");
    ns_ = "contract-" + std::to_string(std::random_device{}());
    auto created = client_->create(kNamespaces, "", {{"metadata", {{"name", ns_}}}});
    ASSERT_TRUE(created) << created.error().message;
  }

  void TearDown() override {
    if (client_) (void)client_->remove(kNamespaces, {"", ns_}).has_value();
  }

  static kube::RestClientOptions unlimited() {
    kube::RestClientOptions options;
    options.requests_per_second = 0;
    return options;
  }

  /// Kills, starts or restarts one program of the cluster.
  void control(const std::string& action, const std::string& component) {
    const auto ctl = std::filesystem::path(SPILLWAY_SOURCE_DIR) / "tests/cluster/ctl";
    auto done = io::run_program({ctl, {action, component, cluster_}, {}, std::chrono::minutes(2)});
    ASSERT_TRUE(done) << done.error().message;
  }

  ObjectKey key(const std::string& name) const { return {ns_, name}; }

  static Json config_map(const std::string& name, const std::string& value, const Json& labels = Json::object()) {
    return {{"apiVersion", "v1"}, {"kind", "ConfigMap"}, {"metadata", {{"name", name}, {"labels", labels}}}, {"data", {{"value", value}}}};
  }
  void create_config_map(const std::string& name, const std::string& value = "1", const Json& labels = Json::object()) {
    auto created = client_->create(kube::kConfigMaps, ns_, config_map(name, value, labels));
    ASSERT_TRUE(created) << created.error().message;
  }
  void set_config_map(const std::string& name, const std::string& value) {
    auto patched = client_->patch(kube::kConfigMaps, key(name), kube::PatchType::kMergePatch, {{"data", {{"value", value}}}});
    ASSERT_TRUE(patched) << patched.error().message;
  }

  void create_deployment(const std::string& name, int replicas) {
    const Json labels{{"app", name}};
    auto created = client_->create(
        kube::kDeployments, ns_,
        {{"apiVersion", "apps/v1"},
         {"kind", "Deployment"},
         {"metadata", {{"name", name}}},
         {"spec",
          {{"replicas", replicas},
           {"selector", {{"matchLabels", labels}}},
           {"template", {{"metadata", {{"labels", labels}}}, {"spec", {{"containers", {{{"name", "c"}, {"image", "none"}}}}}}}}}}});
    ASSERT_TRUE(created) << created.error().message;
  }

  /// A service account and a token of it.
  std::string make_account(const std::string& name) {
    auto account = client_->create(kServiceAccounts, ns_, {{"metadata", {{"name", name}}}});
    if (!account) ADD_FAILURE() << account.error().message;
    auto body = rest_->call({"POST", kube::resource_path(kServiceAccounts, ns_, name, "token"), "application/json",
                             R"({"apiVersion":"authentication.k8s.io/v1","kind":"TokenRequest","spec":{"expirationSeconds":3600}})"});
    if (!body) ADD_FAILURE() << body.error().message;
    return body ? Json::parse(*body)["status"]["token"].get<std::string>() : std::string();
  }

  /// Lets the account do `verbs` on `resources` in the namespace, until revoke().
  void grant(const std::string& account, const std::string& group, const Json& resources, const Json& verbs) {
    auto role = client_->apply(kRoles, key(account),
                               {{"apiVersion", "rbac.authorization.k8s.io/v1"},
                                {"kind", "Role"},
                                {"metadata", {{"name", account}}},
                                {"rules", {{{"apiGroups", {group}}, {"resources", resources}, {"verbs", verbs}}}}},
                               true);
    ASSERT_TRUE(role) << role.error().message;
    auto binding = client_->apply(kRoleBindings, key(account),
                                  {{"apiVersion", "rbac.authorization.k8s.io/v1"},
                                   {"kind", "RoleBinding"},
                                   {"metadata", {{"name", account}}},
                                   {"roleRef", {{"apiGroup", "rbac.authorization.k8s.io"}, {"kind", "Role"}, {"name", account}}},
                                   {"subjects", {{{"kind", "ServiceAccount"}, {"name", account}, {"namespace", ns_}}}}},
                                  true);
    ASSERT_TRUE(binding) << binding.error().message;
  }

  kube::ClientConfig config_with(std::shared_ptr<kube::Credentials> credentials) const {
    auto config = admin_;
    config.credentials = std::move(credentials);
    return config;
  }
  kube::ClientConfig config_with_token(const std::string& token) const {
    return config_with(std::make_shared<kube::StaticCredentials>(kube::Credential{token, "", ""}));
  }

  std::string cluster_;
  std::string ns_;
  io::SystemClock clock_;
  io::ThreadScheduler scheduler_;
  io::CurlTransport transport_{{{{"few", {8, 8}}}}};
  kube::ClientConfig admin_;
  std::unique_ptr<kube::RestClient> rest_;
  std::unique_ptr<kube::Client> client_;
};

}  // namespace spillway::testing
