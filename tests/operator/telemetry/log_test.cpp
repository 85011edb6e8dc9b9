#include "operator/telemetry/log.hpp"

#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <limits>

namespace spillway::telemetry {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;

/// Logs into a file and gives back what stands there.
class Log : public ::testing::Test {
 protected:
  void TearDown() override {
    configure_logging({});
    std::filesystem::remove(file_);
  }
  void start(LogFormat format, LogLevel level = LogLevel::kInfo) { configure_logging({level, format, file_}); }
  std::string written() const {
    std::ifstream in(file_);
    return std::string(std::istreambuf_iterator<char>(in), {});
  }

  std::string file_ = ::testing::TempDir() + "spillway-log-" + std::to_string(::getpid());
};

TEST_F(Log, WritesOneJsonObjectALine) {
  start(LogFormat::kJson);
  log_info("scaled the target", {{"policy", "shop/checkout"}, {"from", 4}, {"raw", 6.4}, {"dryRun", false}});
  EXPECT_THAT(written(), MatchesRegex(R"(\{"time":"....-..-..T..:..:......Z","level":"info","message":"scaled the target",)"
                                      R"("policy":"shop/checkout","from":4,"raw":6\.4,"dryRun":false\}.)"));
}

TEST_F(Log, EscapesWhatJsonCannotHold) {
  start(LogFormat::kJson);
  log_info("odd values", {{"text", "a\"b\\c\nd\x01"}, {"number", std::numeric_limits<double>::quiet_NaN()}});
  EXPECT_THAT(written(), HasSubstr(R"("text":"a\"b\\c\nd\u0001","number":"NaN"})"));
}

TEST_F(Log, WritesTextForPeople) {
  start(LogFormat::kText);
  log_warn("cannot reach Prometheus", {{"server", "http://p:9090"}, {"attempt", 3}});
  EXPECT_THAT(written(), EndsWith("warning cannot reach Prometheus server=\"http://p:9090\" attempt=3\n"));
}

TEST_F(Log, LeavesOutWhatIsBelowItsLevel) {
  start(LogFormat::kJson, LogLevel::kWarn);
  log_info("too fine");
  log_error("coarse enough");
  EXPECT_EQ(written().find("too fine"), std::string::npos);
  EXPECT_THAT(written(), HasSubstr("coarse enough"));
  EXPECT_FALSE(log_enabled(LogLevel::kInfo));
}

TEST_F(Log, NeverWritesASecret) {
  start(LogFormat::kJson);
  log_info("request failed", {{"url", "http://me:hunter2@p:9090/"}, {"token", "abc123"}, {"header", "Authorization: Bearer xyz789"}});
  for (const char* secret : {"hunter2", "abc123", "xyz789"}) EXPECT_EQ(written().find(secret), std::string::npos) << written();
}

}  // namespace
}  // namespace spillway::telemetry
