#include "operator/kube/informer.hpp"
#include "tests/contract/cluster.hpp"

namespace spillway::testing {
namespace {

class AuthOnCluster : public ClusterTest {
 protected:
  void SetUp() override {
    ClusterTest::SetUp();
    std::string pattern = ::testing::TempDir() + "spillway-auth-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override {
    ClusterTest::TearDown();
    std::filesystem::remove_all(folder_);
  }
  void write_token(const std::string& token) { ASSERT_TRUE(io::write_file_atomically(folder_ + "/token", token)); }

  /// Who the server thinks we are.
  static Result<std::string> who_am_i(kube::RestClient& rest) {
    auto body = rest.call({"POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", "application/json",
                           R"({"apiVersion":"authentication.k8s.io/v1","kind":"SelfSubjectReview"})"});
    if (!body) return body.error();
    return Json::parse(*body)["status"]["userInfo"]["username"].get<std::string>();
  }
  std::string user(const std::string& account) const { return "system:serviceaccount:" + ns_ + ":" + account; }

  std::string folder_;
};

TEST_F(AuthOnCluster, TheClientCertificateOfAKubeconfigIsAccepted) {
  EXPECT_EQ(who_am_i(*rest_).value(), "admin");
}

TEST_F(AuthOnCluster, AnUnknownTokenIsUnauthorizedAndTheErrorDoesNotShowIt) {
  kube::RestClient rest(config_with_token("very-secret"), clock_, scheduler_, transport_, unlimited());
  const auto answer = who_am_i(rest);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::kUnauthorized);
  EXPECT_EQ(answer.error().message.find("very-secret"), std::string::npos);
}

TEST_F(AuthOnCluster, ARotatedTokenFileIsReadAgainWithinAMinute) {
  write_token(make_account("first"));
  const std::string second = make_account("second");
  ManualClock clock;
  kube::RestClient rest(config_with(std::make_shared<kube::TokenFileCredentials>(folder_ + "/token", clock)), clock_, scheduler_,
                        transport_, unlimited());
  EXPECT_EQ(who_am_i(rest).value(), user("first"));
  write_token(second);
  EXPECT_EQ(who_am_i(rest).value(), user("first")) << "within the minute the copy is used";
  clock.advance(std::chrono::seconds(61));
  EXPECT_EQ(who_am_i(rest).value(), user("second"));
}

TEST_F(AuthOnCluster, A401ReloadsTheTokenFileAndTheCallerSeesNoFailure) {
  write_token("expired-long-ago");
  ManualClock clock;  // stands still: only the 401 can cause the second reading
  auto credentials = std::make_shared<kube::TokenFileCredentials>(folder_ + "/token", clock);
  ASSERT_TRUE(credentials->current());
  write_token(make_account("fresh"));
  kube::RestClient rest(config_with(credentials), clock_, scheduler_, transport_, unlimited());
  EXPECT_EQ(who_am_i(rest).value(), user("fresh"));
}

TEST_F(AuthOnCluster, ATokenFromAnExecPluginIsAcceptedAndAskedForAgainAfterA401) {
  const std::string token = make_account("plugin");
  write_token("stale");
  const std::string script = folder_ + "/plugin";
  ASSERT_TRUE(io::write_file_atomically(
      script, "#!/bin/sh\nprintf '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":\"ExecCredential\",\"status\":{\"token\":\"%s\"}}' \"$(cat " +
                  folder_ + "/token)\"\n", 0755));
  auto credentials = std::make_shared<kube::ExecCredentials>(kube::ExecPlugin{"client.authentication.k8s.io/v1", script, {}, {}, ""}, clock_);
  ASSERT_EQ(credentials->current().value().token, "stale");
  write_token(token);
  kube::RestClient rest(config_with(credentials), clock_, scheduler_, transport_, unlimited());
  EXPECT_EQ(who_am_i(rest).value(), user("plugin"));
}

TEST_F(AuthOnCluster, ARevokedVerbIsForbiddenAndWorksAgainOnceGivenBack) {
  create_deployment("web", 1);
  kube::RestClient rest(config_with_token(make_account("scaler")), clock_, scheduler_, transport_, unlimited());
  kube::Client scaler(rest, "scaler");
  grant("scaler", "apps", {"deployments", "deployments/scale"}, {"get", "patch"});
  ASSERT_TRUE(eventually([&] { return scaler.set_scale(kube::kDeployments, key("web"), 1, 2).has_value(); }));

  grant("scaler", "apps", {"deployments", "deployments/scale"}, {"get"});
  ErrorKind kind{};
  ASSERT_TRUE(eventually([&] {
    auto refused = scaler.set_scale(kube::kDeployments, key("web"), 7, 8);  // from a value that it never has
    kind = refused ? ErrorKind::kTransient : refused.error().kind;
    return kind == ErrorKind::kForbidden;
  }));
  EXPECT_EQ(scaler.get_scale(kube::kDeployments, key("web")).value().replicas, 2);

  grant("scaler", "apps", {"deployments", "deployments/scale"}, {"get", "patch"});
  EXPECT_TRUE(eventually([&] { return scaler.set_scale(kube::kDeployments, key("web"), 2, 3).has_value(); }));
}

TEST_F(AuthOnCluster, AnInformerWithoutPermissionSaysSoAndRecoversWhenItIsGiven) {
  create_config_map("a");
  kube::RestClient rest(config_with_token(make_account("watcher")), clock_, scheduler_, transport_, unlimited());
  kube::InformerSet informers(rest, clock_, scheduler_, {});
  auto& informer = informers.get<kube::ObjectMeta>({{kube::kConfigMaps, ns_, "", ""}, kube::parse_meta});
  informers.start();
  ASSERT_TRUE(eventually([&] { return !informers.failures().empty(); }));
  EXPECT_EQ(informers.failures().front().second.kind, ErrorKind::kForbidden);
  EXPECT_NE(informers.failures().front().second.message.find("configmaps"), std::string::npos);
  EXPECT_FALSE(informers.synced());

  grant("watcher", "", {"configmaps"}, {"list", "watch"});
  ASSERT_TRUE(eventually([&] { return informers.synced() && informers.failures().empty(); }, std::chrono::seconds(60)));
  EXPECT_NE(informer.store().get(key("a")), nullptr);
}

}  // namespace
}  // namespace spillway::testing
