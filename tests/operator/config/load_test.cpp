#include "operator/config/load.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "operator/config/option_table.hpp"

namespace spillway::config {
namespace {

using ::testing::HasSubstr;

/// A configuration file that goes with the test.
class File {
 public:
  explicit File(const std::string& text) : path_(::testing::TempDir() + "spillway-config-" + std::to_string(::getpid()) + ".yaml") {
    std::ofstream(path_) << text;
  }
  ~File() { std::filesystem::remove(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

Result<OperatorConfig> from_file(const std::string& text) {
  const File file(text);
  return load_config({file.path(), {}, {}});
}

std::string fault(const Result<OperatorConfig>& result) { return result ? "accepted" : result.error().message; }

TEST(Configuration, HasDefaultsThatAreValid) {
  const auto config = load_config({});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen_address, ":8080");
  EXPECT_EQ(config->workers, 4);
  EXPECT_TRUE(config->leader_election.enabled);
}

TEST(Configuration, ReadsNestedKeysAndListsFromTheFile) {
  const auto config = from_file(
      "listenAddress: 127.0.0.1:0\nnamespaces: [shop, pay]\nworkers: 8\nprometheus:\n  address: http://prometheus:9090\n"
      "api: {qps: 12.5, burst: 20}\nzones: {warning: 0.6, collapse: 0.8}\nlog: {level: debug, format: text}\n");
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->listen_address, "127.0.0.1:0");
  EXPECT_EQ(config->namespaces, (std::vector<std::string>{"shop", "pay"}));
  EXPECT_EQ(config->workers, 8);
  EXPECT_EQ(config->prometheus.address, "http://prometheus:9090");
  EXPECT_DOUBLE_EQ(config->api.qps, 12.5);
  EXPECT_DOUBLE_EQ(config->zones.collapse, 0.8);
  EXPECT_EQ(config->log.format, "text");
}

TEST(Configuration, LetsFlagsWinOverTheFileAndTheEnvironmentOverBoth) {
  const File file("workers: 2\nshards: 2\napi: {burst: 7}\n");
  const auto config = load_config({file.path(), {{"workers", "3"}, {"shards", "3"}}, {{"SPILLWAY_WORKERS", "5"}, {"HOME", "/"}}});
  ASSERT_TRUE(config) << config.error().message;
  EXPECT_EQ(config->api.burst, 7);
  EXPECT_EQ(config->shards, 3);
  EXPECT_EQ(config->workers, 5);
}

TEST(Configuration, TakesEveryDefaultBackThroughEverySourceOfEveryOption) {
  const OperatorConfig defaults;
  for (const Option& option : options()) {
    const std::string value = option.get(defaults);
    EXPECT_TRUE(load_config({{}, {{option.key, value}}, {}})) << option.key << " = " << value;
    EXPECT_TRUE(load_config({{}, {{option.flag().substr(2), value}}, {}})) << option.flag();
    EXPECT_TRUE(load_config({{}, {}, {{option.environment(), value}}})) << option.environment();
  }
}

TEST(Configuration, NamesAnUnknownKeyTheNearestOneAndTheAllowedOnesInEverySource) {
  const std::string in_file = fault(from_file("leaderElection:\n  leaseNme: x\n"));
  EXPECT_THAT(in_file, HasSubstr(".yaml:2: unknown key \"leaderElection.leaseNme\", did you mean \"leaderElection.leaseName\"?"));
  EXPECT_THAT(in_file, HasSubstr("allowed: listenAddress, "));
  EXPECT_THAT(fault(load_config({{}, {{"worker", "3"}}, {}})), HasSubstr("unknown key \"--worker\", did you mean \"--workers\"?"));
  EXPECT_THAT(fault(load_config({{}, {}, {{"SPILLWAY_WORKER", "3"}}})), HasSubstr("unknown key \"SPILLWAY_WORKER\", did you mean \"SPILLWAY_WORKERS\"?"));
}

TEST(Configuration, IgnoresWhatKubernetesPutsIntoEveryPodForAServiceCalledSpillway) {
  EXPECT_TRUE(load_config({{}, {}, {{"SPILLWAY_SERVICE_HOST", "10.0.0.7"}, {"SPILLWAY_PORT", "tcp://10.0.0.7:80"}, {"SPILLWAY_PORT_80_TCP", "x"}}}));
}

TEST(Configuration, NamesTheValueAndWhatIsAllowed) {
  const std::vector<std::pair<std::string, std::string>> table = {
      {"workers: 0", "workers: invalid value \"0\": must be 1 to 64"},
      {"workers: many", "workers: invalid value \"many\""},
      {"workers: 4.5", "workers: invalid value \"4.5\""},
      {"leaderElection: {enabled: yes}", "must be true or false"},
      {"zones: {warning: nan}", "zones.warning: invalid value \"nan\""},
      {"prometheus: {address: prometheus:9090}", "must be a URL with http:// or https://"},
      {"listenAddress: \"8080\"", "must be host:port or :port"},
      {"listenAddress: \":99999\"", "must be host:port or :port"},
      {"log: {level: loud}", "must be debug, info, warn or error"},
      {"log: loud", "unknown key \"log\""},
      {"zones: {warning: 0.95}", "zones.warning must be less than zones.collapse"},
      {"zones: {hysteresis: 0.8}", "zones.hysteresis must be less than zones.warning"},
      {"leaderElection: {renewDeadlineSeconds: 3}", "leaderElection.renewDeadlineSeconds must be less than"},
      {"leaderElection: {retryPeriodSeconds: 2}", "leaderElection.retryPeriodSeconds must be less than"},
      {"{shards: 2, leaderElection: {enabled: false}}", "shards above 1 need leaderElection.enabled: true"},
      {"auth: basic", "must be kubernetes or none"},
      {"auth: none", "auth: none needs a listenAddress on loopback"},
      {"{auth: none, listenAddress: \"127.example.org:80\"}", "needs a listenAddress on loopback"},
      {"tls: {certFile: /tls.crt}", "tls.certFile and tls.keyFile go together"},
      {"prometheus: {credentialsDirectory: /c}", "prometheus.credentialsDirectory needs prometheus.address"},
      {"workers: 1\nworkers: 2", "given twice"},
      {"[a]", "must hold a map"},
      {"a: [", ".yaml:"}};
  for (const auto& [text, words] : table) {
    EXPECT_THAT(fault(from_file(text)), HasSubstr(words)) << text;
  }
}

TEST(Configuration, TakesAnEmptyFileAndSaysWhenThereIsNone) {
  EXPECT_TRUE(from_file(""));
  const auto missing = load_config({"/nonexistent/spillway.yaml", {}, {}});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().kind, ErrorKind::kNotFound);
  EXPECT_THAT(missing.error().message, HasSubstr("/nonexistent/spillway.yaml"));
}

TEST(Options, SpellTheirThreeNamesAlike) {
  const auto table = options();
  const auto lease = std::find_if(table.begin(), table.end(), [](const Option& o) { return std::string(o.key) == "leaderElection.leaseName"; });
  ASSERT_NE(lease, table.end());
  EXPECT_EQ(lease->flag(), "--leader-election-lease-name");
  EXPECT_EQ(lease->environment(), "SPILLWAY_LEADER_ELECTION_LEASE_NAME");
}

TEST(Options, AreTheGeneratedReference) {
  std::ifstream in(std::filesystem::path(SPILLWAY_SOURCE_DIR) / "docs/configuration.md");
  const std::string found(std::istreambuf_iterator<char>(in), {});
  EXPECT_EQ(reference_markdown(), found) << "write the first to docs/configuration.md";
}

}  // namespace
}  // namespace spillway::config
