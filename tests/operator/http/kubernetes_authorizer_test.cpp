#include "operator/http/kubernetes_authorizer.hpp"

#include "operator/io/curl_transport.hpp"
#include "tests/operator/io/test_server.hpp"

namespace spillway::http {
namespace {

using spillway::testing::TestServer;

class TestClock final : public io::Clock {
 public:
  io::MonotonicTime monotonic() const override { return io::MonotonicTime(std::chrono::seconds(seconds)); }
  io::WallTime wall() const override { return {}; }
  std::atomic<int> seconds = 1000;
};

/// Real answers are tested in tests/cluster/e2e/security_test.py; here what a real API server does not do on demand.
class KubernetesAuthorizerTest : public ::testing::Test {
 protected:
  KubernetesAuthorizerTest()
      : server_([this](const auto& request, auto& connection) {
          const bool token = request.head.find("tokenreviews") != std::string::npos;
          ++(token ? token_reviews_ : access_reviews_);
          connection.answer(status_, token ? token_answer_ : access_answer_);
        }),
        rest_({server_.url(), "", "default", std::make_shared<kube::StaticCredentials>(kube::Credential{"own", "", ""})},
              clock_, scheduler_, transport_),
        authorizer_(rest_, clock_) {}

  ErrorKind refused(const std::string& token = "abc", const std::string& path = "/metrics") {
    const auto caller = authorizer_.admit(token, kube::UrlAccess{"get", path});
    EXPECT_FALSE(caller);
    return caller ? ErrorKind::kTransient : caller.error().kind;
  }
  bool admitted(const std::string& token = "abc", const std::string& path = "/metrics") {
    return authorizer_.admit(token, kube::UrlAccess{"get", path}).has_value();
  }

  TestClock clock_;
  int status_ = 201;
  std::string token_answer_ = R"({"status":{"authenticated":true,"user":{"username":"jane","groups":["g"]}}})";
  std::string access_answer_ = R"({"status":{"allowed":true}})";
  std::atomic<int> token_reviews_ = 0;
  std::atomic<int> access_reviews_ = 0;
  TestServer server_;
  io::ThreadScheduler scheduler_;
  io::CurlTransport transport_;
  kube::RestClient rest_;
  KubernetesAuthorizer authorizer_;
};

TEST_F(KubernetesAuthorizerTest, hands_over_who_asks_and_the_token) {
  const auto caller = authorizer_.admit("abc", kube::UrlAccess{"get", "/metrics"});
  ASSERT_TRUE(caller);
  EXPECT_EQ(caller->user.name, "jane");
  EXPECT_EQ(caller->token, "abc");
}

TEST_F(KubernetesAuthorizerTest, asks_nobody_about_an_empty_or_oversized_token) {
  EXPECT_EQ(refused(""), ErrorKind::kUnauthorized);
  EXPECT_EQ(refused(std::string(20000, 'x')), ErrorKind::kUnauthorized);
  EXPECT_EQ(token_reviews_, 0);
}

TEST_F(KubernetesAuthorizerTest, remembers_answers_for_a_short_while_per_token_and_permission) {
  EXPECT_TRUE(admitted());
  EXPECT_TRUE(admitted());
  EXPECT_EQ(token_reviews_, 1);
  EXPECT_EQ(access_reviews_, 1);
  EXPECT_TRUE(admitted("abc", "/other"));
  EXPECT_EQ(access_reviews_, 2);
  EXPECT_TRUE(admitted("abd"));
  EXPECT_EQ(token_reviews_, 2);
  access_answer_ = R"({"status":{"allowed":false}})";
  clock_.seconds += 10;
  EXPECT_EQ(refused(), ErrorKind::kForbidden);
}

TEST_F(KubernetesAuthorizerTest, does_not_take_the_refusal_of_its_own_rights_for_the_callers) {
  for (const int status : {401, 403, 500}) {
    status_ = status;
    EXPECT_EQ(refused(), ErrorKind::kTransient) << status;
  }
  status_ = 201;
  EXPECT_TRUE(admitted()) << "a failure is not remembered";
}

TEST_F(KubernetesAuthorizerTest, denies_on_answers_that_it_does_not_understand) {
  for (const char* answer : {"", "[]", "{}", R"({"status":{"authenticated":"yes"}})", R"({"status":{"authenticated":true}})",
                             R"({"status":{"authenticated":true,"user":{"username":7}}})"}) {
    token_answer_ = answer;
    refused();
  }
  token_answer_ = R"({"status":{"authenticated":true,"user":{"username":"jane"}}})";
  for (const char* answer : {"", "{}", R"({"status":{}})", R"({"status":{"allowed":"true"}})", R"({"status":{"allowed":false}})"}) {
    access_answer_ = answer;
    clock_.seconds += 60;
    refused();
  }
}

}  // namespace
}  // namespace spillway::http
