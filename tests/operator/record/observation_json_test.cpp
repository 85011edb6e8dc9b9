#include "operator/record/observation_json.hpp"

namespace spillway::record {
namespace {

using testing::AllOf;
using testing::HasSubstr;

StepInput parsed(const std::string& line) {
  auto input = parse_observation(line);
  EXPECT_TRUE(input) << (input ? "" : input.error().message);
  return input ? *input : StepInput{};
}

TEST(ObservationLine, reads_the_example_of_the_manual) {
  const StepInput input = parsed(
      R"({"t": 15.0, "arrivalRate": 120.5, "throughput": 118.0, "backlog": 30, "readyReplicas": 4, "replicas": 5, "latencyP95": 0.21})");
  EXPECT_EQ(input.t, Seconds(15.0));
  EXPECT_EQ(input.observation.arrival_rate.value, 120.5);
  EXPECT_TRUE(input.observation.arrival_rate.usable());
  EXPECT_EQ(input.observation.arrival_rate.time, Seconds(15.0));
  EXPECT_EQ(input.observation.throughput.value, 118.0);
  EXPECT_EQ(input.observation.backlog.value, 30.0);
  EXPECT_EQ(input.observation.latency.value, 0.21);
  EXPECT_EQ(input.observation.ready, 4);
  EXPECT_EQ(input.observation.replicas, 5);
  EXPECT_EQ(input.observation.utilization.absence, Absence::kNotAsked);
  EXPECT_FALSE(input.observation.pending.has_value());
}

TEST(ObservationLine, tells_each_way_of_missing_apart) {
  const std::pair<const char*, Absence> cases[] = {{"null", Absence::kEmpty},
                                                   {"\"NaN\"", Absence::kNotANumber},
                                                   {"NaN", Absence::kNotANumber},
                                                   {"-1", Absence::kNegative},
                                                   {"\"Infinity\"", Absence::kInfinite},
                                                   {"Infinity", Absence::kInfinite},
                                                   {"-Infinity", Absence::kInfinite},
                                                   {"\"+Inf\"", Absence::kInfinite},
                                                   {R"({"absence": "Stale", "value": 3})", Absence::kStale}};
  for (const auto& [spelling, absence] : cases) {
    const StepInput input = parsed(std::string(R"({"t": 1, "replicas": 2, "arrivalRate": )") + spelling + "}");
    EXPECT_EQ(input.observation.arrival_rate.absence, absence) << spelling;
    EXPECT_FALSE(input.observation.arrival_rate.usable()) << spelling;
  }
  EXPECT_EQ(parsed(R"({"t": 1, "replicas": 2})").observation.arrival_rate.absence, Absence::kEmpty);
}

TEST(ObservationLine, leaves_words_inside_of_strings_alone) {
  const StepInput input = parsed(R"({"t": 1, "replicas": 2, "note": "NaN and \"Infinity\"", "arrivalRate": NaN})");
  EXPECT_EQ(input.observation.arrival_rate.absence, Absence::kNotANumber);
}

TEST(ObservationLine, takes_missing_ready_replicas_as_unknown_and_not_as_zero) {
  const StepInput input = parsed(R"({"t": 1, "replicas": 7, "readyReplicas": null})");
  EXPECT_FALSE(input.ready_known);
  EXPECT_EQ(input.observation.ready, 7);
}

TEST(ObservationLine, names_field_value_and_what_is_allowed) {
  const std::pair<const char*, std::vector<const char*>> cases[] = {
      {R"({"replicas": 2})", {"\"t\"", "missing", "number"}},
      {R"({"t": 1})", {"\"replicas\"", "missing"}},
      {R"({"t": 1, "replicas": -3})", {"\"replicas\"", "-3", "whole number"}},
      {R"({"t": 1, "replicas": 2.5})", {"\"replicas\"", "2.5", "whole number"}},
      {R"({"t": "soon", "replicas": 2})", {"\"t\"", "soon", "finite number"}},
      {R"({"t": 1, "replicas": 2, "arrivalRate": "many"})", {"\"arrivalRate\"", "many", "NaN"}},
      {R"({"t": 1, "replicas": 2, "arrivalRate": {"time": 3}})", {"\"arrivalRate\"", "absence"}},
      {R"({"t": 1, "replicas": 2, "pending": 4})", {"\"pending\"", "4", "list"}},
      {"[1]", {"not a JSON object"}},
      {"{\"t\": 1", {"not valid JSON"}}};
  for (const auto& [line, words] : cases) {
    const auto input = parse_observation(line);
    ASSERT_FALSE(input) << line;
    EXPECT_EQ(input.error().kind, ErrorKind::kInvalid);
    for (const char* word : words) EXPECT_THAT(input.error().message, HasSubstr(word)) << line;
  }
}

}  // namespace
}  // namespace spillway::record
