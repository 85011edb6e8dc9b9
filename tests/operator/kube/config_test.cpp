#include "operator/kube/config.hpp"

#include <filesystem>

#include "operator/io/files.hpp"
#include "operator/kube/base64.hpp"
#include "tests/operator/io/waiting.hpp"

namespace spillway::kube {
namespace {

using testing::ManualClock;

class Kubeconfig : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "spillway-config-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  void write(const std::string& name, const std::string& content, unsigned mode = 0600) {
    ASSERT_TRUE(io::write_file_atomically(folder_ + "/" + name, content, mode));
  }
  static std::string text(const std::string& cluster, const std::string& user) {
    return "current-context: here\ncontexts:\n- name: here\n  context: {cluster: c, user: u, namespace: shop}\n"
           "- name: there\n  context: {cluster: c, user: nobody}\nclusters:\n- name: c\n  cluster: {" +
           cluster + "}\nusers:\n- name: u\n  user: {" + user + "}\n";
  }
  Result<ClientConfig> parse(const std::string& cluster, const std::string& user, const std::string& context = "") {
    return parse_kubeconfig(text(cluster, user), folder_, context, clock_);
  }
  std::string fault(const std::string& cluster, const std::string& user, const std::string& context = "") {
    auto config = parse(cluster, user, context);
    return config ? "accepted" : config.error().message;
  }

  std::string folder_;
  ManualClock clock_;
};

TEST_F(Kubeconfig, AStaticTokenAndTheNamespaceOfTheContextAreTaken) {
  auto config = parse("server: 'https://h:6443/'", "token: abc");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://h:6443");
  EXPECT_EQ(config->default_namespace, "shop");
  EXPECT_EQ(config->credentials->current().value().token, "abc");
}

TEST_F(Kubeconfig, CertificatesComeFromDataOrFromFilesBesideTheKubeconfig) {
  write("ca.crt", "CA");
  write("client.crt", "CERT");
  auto config = parse("server: 'https://h', certificate-authority: ca.crt",
                      "client-certificate: client.crt, client-key-data: " + encode_base64("KEY"));
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->ca_pem, "CA");
  const auto credential = config->credentials->current().value();
  EXPECT_EQ(credential.client_cert_pem, "CERT");
  EXPECT_EQ(credential.client_key_pem, "KEY");
}

TEST_F(Kubeconfig, FaultsNameTheFieldAndSayWhatIsAllowed) {
  const std::string server = "server: 'https://h'";
  EXPECT_THAT(fault("server: h:6443", "token: a"), ::testing::HasSubstr("cluster.server: want https://"));
  EXPECT_THAT(fault(server + ", insecure-skip-tls-verify: true", "token: a"), ::testing::HasSubstr("insecure-skip-tls-verify"));
  EXPECT_THAT(fault(server + ", proxy-url: http://p", "token: a"), ::testing::HasSubstr("proxy-url: not supported"));
  EXPECT_THAT(fault(server + ", certificate-authority-data: no!", "token: a"), ::testing::HasSubstr("want base64"));
  EXPECT_THAT(fault(server + ", certificate-authority: none.crt", "token: a"), ::testing::HasSubstr("none.crt"));
  EXPECT_THAT(fault(server, "username: x, password: y"), ::testing::HasSubstr("user.username: not supported"));
  EXPECT_THAT(fault(server, "client-key-data: " + encode_base64("K")), ::testing::HasSubstr("go together"));
  EXPECT_THAT(fault(server, "exec: {apiVersion: v2, command: x}"), ::testing::HasSubstr("user.exec.apiVersion"));
  EXPECT_THAT(fault(server, "token: a", "elsewhere"), ::testing::HasSubstr("no entry named \"elsewhere\""));
  EXPECT_THAT(fault(server, "token: a", "there"), ::testing::HasSubstr("users: no entry named \"nobody\""));
}

TEST_F(Kubeconfig, WhatIsNoKubeconfigIsInvalid) {
  for (const char* bad : {"", "[]", "just words", "a: [", "clusters: 3\ncurrent-context: x\ncontexts: {}", "current-context: {}",
                          "current-context: x\ncontexts: [{name: x, context: 3}]"})
    EXPECT_EQ(parse_kubeconfig(bad, "", "", clock_).error().kind, ErrorKind::kInvalid) << bad;
}

TEST_F(Kubeconfig, ATokenFileIsReadAgainAfterAMinuteAndAfterARefusal) {
  write("token", "one\n");
  auto credentials = parse("server: 'https://h'", "tokenFile: token").value().credentials;
  EXPECT_EQ(credentials->current().value().token, "one");
  write("token", "two\n");
  clock_.advance(std::chrono::seconds(59));
  EXPECT_EQ(credentials->current().value().token, "one");
  clock_.advance(std::chrono::seconds(1));
  EXPECT_EQ(credentials->current().value().token, "two");
  write("token", "three\n");
  credentials->invalidate();
  EXPECT_EQ(credentials->current().value().token, "three");
}

TEST_F(Kubeconfig, ATokenFileThatIsGoneForAMomentDoesNotLoseTheToken) {
  write("token", "one");
  TokenFileCredentials credentials(folder_ + "/token", clock_);
  ASSERT_TRUE(credentials.current());
  std::filesystem::remove(folder_ + "/token");
  clock_.advance(std::chrono::minutes(5));
  EXPECT_EQ(credentials.current().value().token, "one");
  TokenFileCredentials fresh(folder_ + "/token", clock_);
  EXPECT_EQ(fresh.current().error().kind, ErrorKind::kNotFound);
}

TEST_F(Kubeconfig, AnExecPluginIsRunOnceUntilItsAnswerExpires) {
  write("plugin", "#!/bin/sh\necho run >> " + folder_ + "/runs\n"
        "case \"$KUBERNETES_EXEC_INFO\" in *'\"server\":\"https://h\"'*) ;; *) exit 9;; esac\n"
        "printf '{\"apiVersion\":\"client.authentication.k8s.io/v1beta1\",\"kind\":\"ExecCredential\",\"status\":"
        "{\"token\":\"%s\",\"expirationTimestamp\":\"2023-11-14T22:23:20Z\"}}' \"$1-$SUFFIX\"\n", 0700);
  auto config = parse("server: 'https://h'",
                      "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin, args: [tok], "
                      "env: [{name: SUFFIX, value: en}], provideClusterInfo: true}");
  ASSERT_TRUE(config) << config.error().message;
  // The manual clock stands at 2023-11-14T22:13:20Z: the answer holds for ten minutes, less a margin of one.
  EXPECT_EQ(config->credentials->current().value().token, "tok-en");
  clock_.advance(std::chrono::minutes(8));
  ASSERT_TRUE(config->credentials->current());
  EXPECT_EQ(io::read_file(folder_ + "/runs").value(), "run\n");
  clock_.advance(std::chrono::minutes(1));
  ASSERT_TRUE(config->credentials->current());
  EXPECT_EQ(io::read_file(folder_ + "/runs").value(), "run\nrun\n");
}

TEST(ExecCredential, OnlyACompleteAnswerOfTheSameVersionCounts) {
  const std::string v1 = "client.authentication.k8s.io/v1";
  const auto answer = [&](const std::string& status, const std::string& version) {
    return parse_exec_credential(R"({"kind":"ExecCredential","apiVersion":")" + version + "\",\"status\":" + status + "}", v1);
  };
  EXPECT_EQ(answer(R"({"token":"t"})", v1).value().credential.token, "t");
  EXPECT_FALSE(answer(R"({"token":"t"})", "client.authentication.k8s.io/v1beta1"));
  EXPECT_FALSE(answer("{}", v1));
  EXPECT_FALSE(answer(R"({"clientCertificateData":"c"})", v1));
  EXPECT_TRUE(answer(R"({"clientCertificateData":"c","clientKeyData":"k"})", v1));
  for (const char* text : {"", "[]", "{}", R"({"kind":"ExecCredential"})"}) EXPECT_FALSE(parse_exec_credential(text, v1)) << text;
}

TEST_F(Kubeconfig, InsideAPodTheMountedFilesCount) {
  EXPECT_EQ(in_cluster_config(clock_, folder_).error().kind, ErrorKind::kNotFound);
  ::setenv("KUBERNETES_SERVICE_HOST", "fd00::1", 1);
  ::setenv("KUBERNETES_SERVICE_PORT", "443", 1);
  write("ca.crt", "CA");
  write("token", "t");
  write("namespace", "shop");
  auto config = in_cluster_config(clock_, folder_);
  ::unsetenv("KUBERNETES_SERVICE_HOST");
  ::unsetenv("KUBERNETES_SERVICE_PORT");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->server, "https://[fd00::1]:443");
  EXPECT_EQ(config->default_namespace, "shop");
  EXPECT_EQ(config->credentials->current().value().token, "t");
}

}  // namespace
}  // namespace spillway::kube
