#include "operator/workload/work.hpp"

namespace spillway::workload {
namespace {

TEST(ParseWork, ReadsEveryParameterOverTheDefaults) {
  WorkParameters defaults;
  defaults.sleep_ms = 40;
  const auto work = parse_work("cpu_ms=1.5&jitter_ms=5&payload_bytes=10&err_rate=0.25&id=a%20b+c%2F", defaults);
  ASSERT_TRUE(work) << work.error().message;
  EXPECT_EQ(work->sleep_ms, 40);
  EXPECT_EQ(work->cpu_ms, 1.5);
  EXPECT_EQ(work->jitter_ms, 5);
  EXPECT_EQ(work->payload_bytes, 10u);
  EXPECT_EQ(work->err_rate, 0.25);
  EXPECT_EQ(work->id, "a b c/");
}

TEST(ParseWork, NamesTheParameterTheValueAndWhatIsAllowed) {
  const std::pair<std::string, std::string> cases[] = {
      {"sleep_ms=-1", "sleep_ms: '-1' is not allowed: a number from 0 to 60000"},
      {"sleep_ms=nan", "sleep_ms: 'nan' is not allowed"},
      {"cpu_ms=inf", "cpu_ms: 'inf' is not allowed"},
      {"cpu_ms=1x", "cpu_ms: '1x' is not allowed"},
      {"cpu_ms", "cpu_ms: '' is not allowed"},
      {"jitter_ms=5001", "jitter_ms: '5001' is not allowed: a number from 0 to 5000"},
      {"payload_bytes=1048577", "a whole number from 0 to 1048576"},
      {"payload_bytes=1.5", "a whole number from 0 to 1048576"},
      {"err_rate=1.01", "a number from 0 to 1"},
      {"id=" + std::string(257, 'x'), "at most 256 bytes"},
      {"sleep=5", "parameter: 'sleep' is not allowed: cpu_ms, sleep_ms"},
      {"id=%4", "percent-encoded"},
      {"id=%zz", "percent-encoded"},
  };
  for (const auto& [query, words] : cases) {
    const auto work = parse_work(query, {});
    ASSERT_FALSE(work) << query;
    EXPECT_THAT(work.error().message, testing::HasSubstr(words)) << query;
  }
}

TEST(ParseWork, EmptyPartsChangeNothing) {
  ASSERT_TRUE(parse_work("", {}));
  ASSERT_TRUE(parse_work("&&sleep_ms=1&", {}));
}

TEST(SplitTarget, CutsAtTheFirstQuestionMark) {
  EXPECT_EQ(split_target("/work?a=b?c").path, "/work");
  EXPECT_EQ(split_target("/work?a=b?c").query, "a=b?c");
  EXPECT_EQ(split_target("/work").query, "");
}

TEST(Validate, AppliesTheSameLimitsToFlags) {
  WorkParameters work;
  EXPECT_TRUE(validate(work));
  work.err_rate = 2;
  ASSERT_FALSE(validate(work));
  EXPECT_THAT(validate(work).error().message, testing::HasSubstr("err_rate: '2'"));
}

}  // namespace
}  // namespace spillway::workload
