#include "operator/io/files.hpp"

#include <filesystem>

#include "operator/io/process.hpp"

namespace spillway::io {
namespace {

class Files : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "spillway-files-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string folder_;
};

TEST_F(Files, WhatWasWrittenIsReadBack) {
  const std::string content = std::string("line\n\0binary", 12);
  ASSERT_TRUE(write_file_atomically(path("a"), content));
  EXPECT_EQ(read_file(path("a")).value(), content);
}

TEST_F(Files, WritingReplacesTheFileAndLeavesNothingBeside) {
  ASSERT_TRUE(write_file_atomically(path("a"), "old"));
  ASSERT_TRUE(write_file_atomically(path("a"), "new", 0600));
  EXPECT_EQ(read_file(path("a")).value(), "new");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1);
  EXPECT_EQ(std::filesystem::status(path("a")).permissions(), std::filesystem::perms(0600));
}

TEST_F(Files, ErrorsSayWhatIsWrong) {
  EXPECT_EQ(read_file(path("none")).error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(read_file(folder_).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(write_file_atomically(path("no/such/folder"), "x").error().kind, ErrorKind::kNotFound);
  ASSERT_TRUE(write_file_atomically(path("big"), std::string(1000, 'x')));
  EXPECT_EQ(read_file(path("big"), 999).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(read_file(path("big"), 1000));
}

TEST(RunProgram, ReturnsItsOutputAndHandsOverTheEnvironment) {
  auto output = run_program({"sh", {"-c", "echo \"$GREETING $1\"", "sh", "there"}, {{"GREETING", "hello"}}});
  EXPECT_EQ(output.value(), "hello there\n");
}

TEST(RunProgram, FailuresAreToldApart) {
  EXPECT_EQ(run_program({"/no/such/program"}).error().kind, ErrorKind::kInvalid);
  EXPECT_NE(run_program({"sh", {"-c", "exit 3"}}).error().message.find("status 3"), std::string::npos);
  EXPECT_EQ(run_program({"sh", {"-c", "exec sleep 60"}, {}, std::chrono::milliseconds(100)}).error().kind, ErrorKind::kTimeout);
  EXPECT_EQ(run_program({"sh", {"-c", "yes"}, {}, std::chrono::milliseconds(30000), 1000}).error().kind, ErrorKind::kInvalid);
}

}  // namespace
}  // namespace spillway::io
