#include "operator/telemetry/redact.hpp"

namespace spillway::telemetry {
namespace {

TEST(Redact, TakesCredentialsOutAndLeavesTheRest) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"GET http://me:s3cret@prometheus:9090/api failed", "GET http://[redacted]@prometheus:9090/api failed"},
      {"Authorization: Bearer abc.def-123", "Authorization: Bearer [redacted]"},
      {"authorization: basic dXNlcjpwYXNz, next", "authorization: basic [redacted], next"},
      {"url?token=abc&x=1", "url?token=[redacted]&x=1"},
      {R"({"password": "hunter 2", "user": "me"})", R"({"password": "[redacted]", "user": "me"})"},
      {"client_secret=zzz end", "client_secret=[redacted] end"},
      {"-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY----- tail", "[redacted] tail"},
      {"-----BEGIN PRIVATE KEY-----\ncut off", "[redacted]"},
      {"-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----"},
      {"tokenFile: /var/run/token", "tokenFile: /var/run/token"},
      {"see http://docs/a@b and mail me@example.com", "see http://docs/a@b and mail me@example.com"},
      {"replicas=5 reason=Backlog", "replicas=5 reason=Backlog"},
      {"", ""}};
  for (const auto& [text, wanted] : table) EXPECT_EQ(redact(text), wanted);
}

TEST(Redact, ChangesNothingTheSecondTime) {
  const std::string once = redact("http://a:b@c/ token=abc Bearer xyz password: \"p\"");
  EXPECT_EQ(redact(once), once);
  for (const char* secret : {"abc", "xyz", "\"p\"", "a:b"}) EXPECT_EQ(once.find(secret), std::string::npos) << once;
}

TEST(Redact, KnowsNamesOfSecretsFromNamesOfPlaces) {
  for (const char* name : {"Authorization", "password", "api_key", "accessToken"}) EXPECT_TRUE(is_secret_name(name)) << name;
  for (const char* name : {"policy", "tokenFile", "caSecretRef", "secretName"}) EXPECT_FALSE(is_secret_name(name)) << name;
}

}  // namespace
}  // namespace spillway::telemetry
