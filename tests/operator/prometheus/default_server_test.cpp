#include "operator/prometheus/default_server.hpp"

#include <gmock/gmock.h>

#include "tests/operator/prometheus/support.hpp"

namespace spillway::prometheus {
namespace {

using testing::HasSubstr;

TEST(Credentials, AreTheFilesOfADirectoryAsAMountedSecretHasThem) {
  const test::TemporaryFolder folder;
  folder.write("token", "abc\n");
  auto auth = read_credentials(folder.file(""));
  ASSERT_TRUE(auth) << auth.error().message;
  EXPECT_EQ(auth->bearer_token, "abc") << "without the line end";
  EXPECT_FALSE(auth->tls) << "the system's trust store";
  folder.write("username", "u");
  folder.write("password", " p ");
  folder.write("ca.crt", "PEM");
  auth = read_credentials(folder.file(""));
  ASSERT_TRUE(auth) << auth.error().message;
  EXPECT_EQ(auth->username, "u");
  EXPECT_EQ(auth->password, " p ") << "blanks may be part of it";
  ASSERT_TRUE(auth->tls);
  EXPECT_EQ(auth->tls->ca_pem, "PEM");
}

TEST(Credentials, ThatAreIncompleteAreSaidWithoutAValue) {
  const test::TemporaryFolder folder;
  auto auth = read_credentials(folder.file(""));
  ASSERT_FALSE(auth);
  EXPECT_EQ(auth.error().kind, ErrorKind::kInvalid);
  EXPECT_THAT(auth.error().message, HasSubstr("none of token, username with password, and ca.crt"));
  folder.write("username", "somebody");
  auth = read_credentials(folder.file(""));
  ASSERT_FALSE(auth);
  EXPECT_THAT(auth.error().message, testing::AllOf(HasSubstr("without the other"), testing::Not(HasSubstr("somebody"))));
}

TEST(DefaultServer, IsAskedWithoutCredentialsUnlessADirectoryIsNamed) {
  const test::TemporaryFolder folder;
  folder.write("token", "abc");
  const auto open = connect({"http://p:9090", ""}), known = connect({"http://p:9090", folder.file("")});
  ASSERT_TRUE(open && known);
  EXPECT_EQ(open->address, "http://p:9090");
  EXPECT_EQ(open->auth.bearer_token, "");
  EXPECT_EQ(known->auth.bearer_token, "abc");
  EXPECT_FALSE(connect({"http://p:9090", folder.file("nothing")}));
}

}  // namespace
}  // namespace spillway::prometheus
