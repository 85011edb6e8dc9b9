#include <sstream>

#include "bench/lab/shapes.hpp"
#include "bench/lab/trace_io.hpp"

namespace spillway::bench {
namespace {

Result<Trace> parse(const std::string& text) {
  std::istringstream in(text);
  return read_trace(in);
}

TEST(Trace, ReadsBothFormatsAndAnyOrderOfColumns) {
  const auto ours = parse("seconds,rps\n0,1.5\n60,2\n");
  ASSERT_TRUE(ours);
  EXPECT_EQ(ours->rate, (std::vector<double>{1.5, 2.0}));
  EXPECT_EQ(ours->end(), 120.0);
  const auto theirs = parse("phase_idx,rps,timestamp_s,step\r\n1,20,0,0\r\n1,21,15,1\r\n");
  ASSERT_TRUE(theirs);
  EXPECT_EQ(theirs->time, (std::vector<double>{0.0, 15.0}));
  EXPECT_EQ(theirs->phase, (std::vector<int>{1, 1}));
}

TEST(Trace, EveryDefectIsRefusedWithItsRow) {
  const std::string header = "step,timestamp_s,rps\n0,0,10\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "header: the file is empty"},
      {"step,timestamp_s\n0,0\n", "header: the header lacks the column `rps`"},
      {"timestamp_s,rps\n0,1\n", "header: the header lacks the column `step`"},
      {"a,rps\n0,1\n", "header: the header lacks a time column"},
      {"seconds,rps\n", "row 1: there is no data row"},
      {header + "1,15,nan\n", "row 2: `rps` is nan"},
      {header + "1,15,inf\n", "row 2: `rps` is inf"},
      {header + "1,15,-3\n", "row 2: `rps` is -3"},
      {header + "1,15,3x\n", "row 2: `rps` is 3x"},
      {header + "1,15\n", "row 2: `rps` is missing"},
      {header + "1,15,\n", "row 2: `rps` is missing"},
      {header + "1.5,15,3\n", "row 2: `step` is 1.5, allowed is a whole number"},
      {header + "1,0,3\n", "row 2: `timestamp_s` does not increase"},
      {header + "0,15,3\n", "row 2: `step` does not increase"},
      {header + "1,nan,3\n2,15,-1\n", "row 3: `rps` is -1"},
      {"seconds,rps,phase_idx\n0,1,-1\n", "row 1: `phase_idx` is -1"},
  };
  for (const auto& [text, wanted] : cases) {
    const auto trace = parse(text);
    ASSERT_FALSE(trace) << text;
    EXPECT_EQ(trace.error().kind, ErrorKind::kInvalid);
    EXPECT_THAT(trace.error().message, testing::HasSubstr(wanted)) << text;
  }
}

TEST(Trace, ReadsBackWhatItWrote) {
  std::istringstream phases("phase_idx,duration,rate_rps\n1,30s,20\n2,1m,200.5\n3,0.5m,20\n");
  const auto built = build_trace(phases, 15.0);
  ASSERT_TRUE(built) << built.error().message;
  EXPECT_EQ(built->size(), 8U);
  std::ostringstream out;
  write_trace(out, *built);
  const auto again = parse(out.str());
  ASSERT_TRUE(again);
  EXPECT_EQ(again->time, built->time);
  EXPECT_EQ(again->rate, built->rate);
  EXPECT_EQ(again->phase, built->phase);
}

TEST(Trace, PhasesMustFillWholeRows) {
  std::istringstream phases("phase_idx,duration,rate_rps\n1,20s,20\n2,xs,3\n");
  const auto built = build_trace(phases, 15.0);
  ASSERT_FALSE(built);
  EXPECT_THAT(built.error().message, testing::HasSubstr("row 1: `duration`"));
  EXPECT_THAT(built.error().message, testing::HasSubstr("row 2: `duration` is xs"));
}

TEST(Trace, IsDescribedByItsTimeWeightedFigures) {
  const TraceFacts facts = describe({{0.0, 10.0, 40.0}, {10.0, 40.0, 20.0}, {}});
  EXPECT_DOUBLE_EQ(facts.duration, 70.0);
  EXPECT_DOUBLE_EQ(facts.requests, 100.0 + 1200.0 + 600.0);
  EXPECT_DOUBLE_EQ(facts.largest_rise, 30.0);
  EXPECT_DOUBLE_EQ(facts.max, 40.0);
}

TEST(Shapes, AllExistAndStayWithinReason) {
  for (const ShapeName& name : shape_names()) {
    ShapeRequest request;
    request.shape = name.name;
    const auto trace = generate(request);
    ASSERT_TRUE(trace) << name.name;
    const TraceFacts facts = describe(*trace);
    EXPECT_GE(facts.min, 0.0) << name.name;
    EXPECT_LE(facts.max, 2.0 * request.peak) << name.name;
    EXPECT_GT(facts.stddev, 1.0) << name.name;
  }
}

TEST(Shapes, TheSpikeIsTheDemosSpikeAndTheSeasonIsTheReferenceLabs) {
  const auto spike = generate({});
  ASSERT_TRUE(spike);
  EXPECT_EQ(spike->end(), 240.0);
  EXPECT_EQ(spike->rate[59], 20.0);
  EXPECT_EQ(spike->rate[60], 200.0);
  EXPECT_EQ(spike->rate[119], 200.0);
  EXPECT_EQ(spike->rate[120], 20.0);
  const auto season = generate({.shape = "seasonality", .base = 20.0, .peak = 120.0, .dt = 15.0});
  ASSERT_TRUE(season);
  EXPECT_EQ(season->size(), 80U);
  EXPECT_EQ(season->rate[0], 70.0);
  EXPECT_EQ(season->rate[4 * 5], 120.0);
  EXPECT_EQ(season->rate[4 * 15], 20.0);
}

TEST(Shapes, AnUnknownNameIsRefusedWithTheKnownOnes) {
  const auto trace = generate({.shape = "zigzag"});
  ASSERT_FALSE(trace);
  EXPECT_THAT(trace.error().message, testing::HasSubstr("allowed are spike, step"));
}

TEST(Shapes, TheSameSeedGivesTheSameNoise) {
  const auto one = generate({.shape = "day", .seed = 4}), same = generate({.shape = "day", .seed = 4});
  const auto other = generate({.shape = "day", .seed = 5});
  EXPECT_EQ(one->rate, same->rate);
  EXPECT_NE(one->rate, other->rate);
}

}  // namespace
}  // namespace spillway::bench
