#include "operator/load/schedule.hpp"

#include "operator/load/target_spec.hpp"

namespace spillway::load {
namespace {

using testing::HasSubstr;

std::vector<double> times(Schedule schedule) {
  std::vector<double> all;
  while (const auto next = schedule.next()) all.push_back(next->value());
  return all;
}

std::size_t count_between(const std::vector<double>& all, double from, double to) {
  return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](double t) { return t >= from && t < to; }));
}

TEST(ParsePhases, ReadsRatesAndDurations) {
  const auto plan = parse_phases("20x60s, 200x1m,0.5x500ms,20x1h");
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_EQ(plan->size(), 4u);
  EXPECT_EQ((*plan)[1].rate, RequestsPerSecond(200));
  EXPECT_EQ((*plan)[1].duration, Seconds(60));
  EXPECT_EQ((*plan)[2].duration, Seconds(0.5));
  EXPECT_EQ(length(*plan), Seconds(60 + 60 + 0.5 + 3600));
}

TEST(ParsePhases, NamesThePhaseThatIsWrong) {
  for (const std::string bad :
       {"20x60s,abc", "20x60s,-1x5s", "20x60s,1x0s", "20x60s,nanx5s", "20x60s,5x5", "20x60s,1e9x5s",
        "20x60s,"
        "5x5d"}) {
    const auto plan = parse_phases(bad);
    ASSERT_FALSE(plan) << bad;
    EXPECT_THAT(plan.error().message, HasSubstr("phase 2")) << bad;
  }
  EXPECT_FALSE(parse_phases(""));
  EXPECT_THAT(parse_phases("1x200h").error().message, HasSubstr("at most"));
}

TEST(ParseTrace, ReadsBothFormatsTheSame) {
  const auto two = parse_trace("seconds,rps\n0,20\n15,80\n45,40\n");
  const auto four = parse_trace("step,timestamp_s,rps,phase_idx\r\n0,0,20,0\r\n1,15,80,1\r\n2,45,40,2\r\n");
  ASSERT_TRUE(two) << two.error().message;
  ASSERT_TRUE(four) << four.error().message;
  for (const auto& plan : {*two, *four}) {
    ASSERT_EQ(plan.size(), 3u);
    EXPECT_EQ(plan[0].duration, Seconds(15));
    EXPECT_EQ(plan[1].duration, Seconds(30));
    EXPECT_EQ(plan[2].duration, Seconds(30)) << "the last row lasts as long as the one before it";
    EXPECT_EQ(plan[2].rate, RequestsPerSecond(40));
  }
}

TEST(ParseTrace, NamesTheRowThatIsWrong) {
  const std::pair<std::string, std::string> cases[] = {
      {"0,1\n1,nan\n", "row 2: rps: 'nan'"},
      {"0,1\n1,inf\n", "row 2: rps: 'inf'"},
      {"0,1\n1,-2\n", "row 2: rps: '-2'"},
      {"0,1\n0,2\n", "row 2: time 0 does not"},
      {"0,1\n1\n", "row 2: 1 columns"},
      {"0,1\n1,2,3\n", "row 2: 3 columns"},
      {"0,1\nx,2\n", "row 2: time: 'x'"},
      {"-5,1\n", "row 1: time: '-5'"},
      {"", "no rows"},
  };
  for (const auto& [rows, words] : cases) {
    const auto plan = parse_trace("seconds,rps\n" + rows);
    ASSERT_FALSE(plan) << rows;
    EXPECT_THAT(plan.error().message, HasSubstr(words));
  }
  EXPECT_THAT(parse_trace("time,rate\n0,1\n").error().message, HasSubstr("seconds,rps"));
}

TEST(Schedule, UniformArrivalsKeepTheirDistanceAndFollowTheRate) {
  const auto all = times(Schedule(
      {{RequestsPerSecond(10), Seconds(2)}, {RequestsPerSecond(0), Seconds(5)}, {RequestsPerSecond(100), Seconds(1)}},
      Arrivals::kUniform, 1));
  EXPECT_EQ(all.size(), 120u);
  EXPECT_EQ(count_between(all, 0, 2), 20u);
  EXPECT_EQ(count_between(all, 2, 7), 0u);
  EXPECT_NEAR(all[1] - all[0], 0.1, 1e-12);
  EXPECT_NEAR(all[119] - all[118], 0.01, 1e-12);
}

TEST(Schedule, PoissonArrivalsHaveTheMeanAndTheVarianceOfTheirRate) {
  const auto all = times(Schedule({{RequestsPerSecond(50), Seconds(2000)}}, Arrivals::kPoisson, 7));
  EXPECT_NEAR(static_cast<double>(all.size()), 100000.0, 4 * std::sqrt(100000.0));
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end()));
  double squares = 0;
  for (int second = 0; second < 2000; ++second) {
    const double distance = static_cast<double>(count_between({all.begin(), all.end()}, second, second + 1)) - 50.0;
    squares += distance * distance;
    if (second == 200) break;  // enough to tell 50 from 0
  }
  EXPECT_NEAR(squares / 201, 50.0, 20.0);
}

TEST(Schedule, TheSameSeedGivesTheSameTimesAndAnotherSeedOthers) {
  const RatePlan plan{{RequestsPerSecond(20), Seconds(10)}};
  EXPECT_EQ(times(Schedule(plan, Arrivals::kPoisson, 3)), times(Schedule(plan, Arrivals::kPoisson, 3)));
  EXPECT_NE(times(Schedule(plan, Arrivals::kPoisson, 3)), times(Schedule(plan, Arrivals::kPoisson, 4)));
}

TEST(ParseTarget, ReadsUrlsAndSelectorsWithAndWithoutAName) {
  const auto urls = parse_target("web=http://127.0.0.1:1/,http://127.0.0.1:2");
  ASSERT_TRUE(urls);
  EXPECT_EQ(urls->name, "web");
  EXPECT_THAT(urls->urls, testing::ElementsAre("http://127.0.0.1:1", "http://127.0.0.1:2"));
  const auto selector = parse_target("hpa=shop/app.kubernetes.io/name=web:8080");
  ASSERT_TRUE(selector);
  EXPECT_EQ(selector->name, "hpa");
  EXPECT_EQ(selector->pod_namespace, "shop");
  EXPECT_EQ(selector->label_selector, "app.kubernetes.io/name=web");
  EXPECT_EQ(selector->port, 8080);
  const auto bare = parse_target("shop/app=web");
  ASSERT_TRUE(bare);
  EXPECT_EQ(bare->name, "shop/app=web");
  EXPECT_EQ(bare->port, 0);
}

TEST(ParseTarget, RefusesWhatItCannotRead) {
  for (const std::string bad :
       {"", "web", "app=web", "web=ftp://x", "ns/", "ns/app=web:0", "ns/app=web:port", "/app=web", "web=http://a,b"}) {
    EXPECT_FALSE(parse_target(bad)) << bad;
  }
}

}  // namespace
}  // namespace spillway::load
