#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "operator/http/server.hpp"
#include "operator/io/process.hpp"
#include "tests/operator/http/talk.hpp"

namespace spillway::http {
namespace {

namespace fs = std::filesystem;

/// Certificates by the openssl program, in a folder that goes with the test.
class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    std::string name = ::testing::TempDir() + "tls-XXXXXX";
    folder_ = ::mkdtemp(name.data());
    make_pair("one");
  }
  ~TlsTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  void make_pair(const std::string& name) {
    const auto made = io::run_program({"openssl", {"req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
                                                   "-subj", "/CN=" + name, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", path(name + ".key"),
                                                   "-out", path(name + ".crt")}});
    ASSERT_TRUE(made) << made.error().message;
  }
  std::unique_ptr<Server> start(const std::string& cert, const std::string& key, const std::string& says = "hello\n", Elsewhere elsewhere = {}) {
    use_threads(2);
    RouteTable routes;
    routes.add("GET", "/hello", [says](const Request&) { return Response{200, says}; }, open_to_all());
    auto server = Server::start({.address = "127.0.0.1:0", .tls = TlsFiles{path(cert), path(key)}, .elsewhere = std::move(elsewhere)}, std::move(routes));
    if (!server) why_ = server.error().message;
    return server ? std::move(*server) : nullptr;
  }
  /// What curl gets with that authority; empty if it refuses.
  std::string fetch(const Server& server, const std::string& authority, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--silent", "--max-time", "5", "--cacert", path(authority)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    arguments.push_back("https://127.0.0.1:" + std::to_string(server.port()) + "/hello");
    return io::run_program({"curl", arguments}).value_or("");
  }

  fs::path folder_;
  std::string why_;
};

TEST_F(TlsTest, serves_over_tls_to_clients_that_know_the_authority_and_not_in_plain_text) {
  const auto server = start("one.crt", "one.key");
  ASSERT_TRUE(server) << why_;
  EXPECT_EQ(fetch(*server, "one.crt"), "hello\n");
  make_pair("other");
  EXPECT_EQ(fetch(*server, "other.crt"), "");
  EXPECT_THAT(testing::talk(server->port(), "GET /hello HTTP/1.1\r\nHost: test\r\n\r\n"), testing::Not(testing::HasSubstr("hello")));
}

TEST_F(TlsTest, refuses_versions_before_1_2) {
  const auto server = start("one.crt", "one.key");
  EXPECT_EQ(fetch(*server, "one.crt", {"--tls-max", "1.1", "--ciphers", "DEFAULT@SECLEVEL=0"}), "");
  EXPECT_EQ(fetch(*server, "one.crt", {"--tls-max", "1.2"}), "hello\n");
}

TEST_F(TlsTest, takes_up_a_replaced_certificate_and_keeps_the_old_one_while_the_new_is_unusable) {
  const auto server = start("one.crt", "one.key");
  make_pair("two");
  const auto fetched_within = [&](const std::string& authority, std::chrono::seconds limit) {
    const auto begin = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() - begin < limit) {
      if (fetch(*server, authority) == "hello\n") return true;
    }
    return false;
  };
  fs::copy_file(path("two.crt"), path("one.crt.new"));
  fs::copy_file(path("one.crt"), path("first.crt"));
  fs::rename(path("one.crt.new"), path("one.crt"));  // a certificate without its key
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < std::chrono::seconds(2)) ASSERT_EQ(fetch(*server, "first.crt"), "hello\n");
  fs::rename(path("two.key"), path("one.key"));
  EXPECT_TRUE(fetched_within("two.crt", std::chrono::seconds(20)));
}

TEST_F(TlsTest, passes_on_only_to_an_instance_that_shows_its_own_certificate) {
  make_pair("other");
  const auto leader = start("one.crt", "one.key", "from the leader\n");
  const auto stranger = start("other.crt", "other.key", "from a stranger\n");
  ASSERT_TRUE(leader && stranger) << why_;
  const auto to = [](const Server& server) { return [port = server.port()](std::string_view) { return "127.0.0.1:" + std::to_string(port); }; };
  EXPECT_EQ(fetch(*start("one.crt", "one.key", "from here\n", to(*leader)), "one.crt"), "from the leader\n");
  EXPECT_EQ(fetch(*start("one.crt", "one.key", "from here\n", to(*stranger)), "one.crt"), "from here\n");
}

TEST_F(TlsTest, names_the_file_that_it_cannot_use) {
  EXPECT_EQ(start("missing.crt", "one.key"), nullptr);
  EXPECT_THAT(why_, testing::HasSubstr("missing.crt"));
  std::ofstream(path("broken.key")) << "no key";
  EXPECT_EQ(start("one.crt", "broken.key"), nullptr);
  EXPECT_THAT(why_, testing::HasSubstr("broken.key"));
  make_pair("other");
  EXPECT_EQ(start("one.crt", "other.key"), nullptr);
  EXPECT_THAT(why_, testing::HasSubstr("other.key"));
}

}  // namespace
}  // namespace spillway::http
