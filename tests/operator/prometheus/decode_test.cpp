#include "operator/prometheus/decode.hpp"

namespace spillway::prometheus {
namespace {

Result<Answer> decode(int status, std::string body, std::vector<io::Header> headers = {}) {
  return decode_answer({status, std::move(headers), std::move(body)});
}

std::string vector_of(const std::string& entries) {
  return R"({"status":"success","data":{"resultType":"vector","result":[)" + entries + "]}}";
}
std::string one(const std::string& value) {
  return vector_of(R"({"metric":{},"value":[1700000000.5,")" + value + "\"]}");
}

TEST(Decode, ReadsAVectorOfOneSeriesWithItsTime) {
  const Reading reading = to_reading(decode(200, one("12.5")));
  ASSERT_TRUE(reading.usable());
  EXPECT_DOUBLE_EQ(*reading.value, 12.5);
  EXPECT_DOUBLE_EQ(reading.time.value(), 1700000000.5);
}

TEST(Decode, ReadsAScalar) {
  const Reading reading =
      to_reading(decode(200, R"({"status":"success","data":{"resultType":"scalar","result":[10,"0"]}})"));
  ASSERT_TRUE(reading.usable());
  EXPECT_EQ(*reading.value, 0.0);
}

TEST(Decode, TellsEachWayOfMissingApart) {
  const std::pair<std::string, Absence> cases[] = {
      {vector_of(""), Absence::kEmpty},  {one("NaN"), Absence::kNotANumber}, {one("+Inf"), Absence::kInfinite},
      {one("-Inf"), Absence::kInfinite}, {one("1e999"), Absence::kInfinite}, {one("-0.001"), Absence::kNegative},
  };
  for (const auto& [body, absence] : cases) {
    const Reading reading = to_reading(decode(200, body));
    EXPECT_EQ(reading.absence, absence) << body;
    EXPECT_FALSE(reading.value.has_value()) << body;
    EXPECT_FALSE(reading.detail.empty()) << body;
  }
}

TEST(Decode, SaysHowToRepairAQueryWithSeveralSeries) {
  const Reading reading = to_reading(decode(
      200,
      vector_of(
          R"({"metric":{"__name__":"up","job":"a"},"value":[1,"1"]},{"metric":{"__name__":"up","job":"b"},"value":[1,"1"]})")));
  EXPECT_EQ(reading.absence, Absence::kError);
  EXPECT_THAT(reading.detail, testing::HasSubstr("2 series"));
  EXPECT_THAT(reading.detail, testing::HasSubstr("up{job=\"a\"}"));
  EXPECT_THAT(reading.detail, testing::HasSubstr("aggregate it with sum()"));
}

TEST(Decode, KeepsTheServersWarnings) {
  const auto answer = decode(
      200, R"({"status":"success","warnings":["half the store is down"],"data":{"resultType":"vector","result":[]}})");
  ASSERT_TRUE(answer);
  EXPECT_THAT(answer->warnings, testing::ElementsAre("half the store is down"));
}

TEST(Decode, MapsFailuresToTheirKindAndKeepsTheServersWords) {
  struct Case {
    int status;
    std::string body;
    ErrorKind kind;
    std::string words;
  };
  const Case cases[] = {
      {400, R"({"status":"error","errorType":"bad_data","error":"parse error: unexpected <EOF>"})", ErrorKind::kInvalid,
       "unexpected <EOF>"},
      {422, R"({"status":"error","errorType":"execution","error":"many-to-many"})", ErrorKind::kInvalid,
       "many-to-many"},
      {503, R"({"status":"error","errorType":"timeout","error":"query timed out"})", ErrorKind::kTimeout,
       "query timed out"},
      {503, "upstream is gone", ErrorKind::kTransient, "upstream is gone"},
      {401, "Unauthorized\n", ErrorKind::kUnauthorized, "HTTP 401: Unauthorized"},
      {403, "no", ErrorKind::kForbidden, "HTTP 403"},
      {404, "404 page not found", ErrorKind::kNotFound, "404 page not found"},
      {504, "", ErrorKind::kTimeout, "HTTP 504"},
      {200, "<html>welcome</html>", ErrorKind::kInvalid, "check the address"},
      {200, R"({"status":"success","data":{"resultType":"string","result":[1,"x"]}})", ErrorKind::kInvalid, "a string"},
  };
  for (const auto& c : cases) {
    const auto answer = decode(c.status, c.body);
    ASSERT_FALSE(answer) << c.body;
    EXPECT_EQ(answer.error().kind, c.kind) << c.body;
    EXPECT_THAT(answer.error().message, testing::HasSubstr(c.words));
  }
}

TEST(Decode, HonoursRetryAfterOnlyWhenItIsANumber) {
  EXPECT_EQ(decode(429, "", {{"retry-after", "7"}}).error().retry_after_seconds, 7.0);
  EXPECT_FALSE(decode(429, "", {{"retry-after", "soon"}}).error().retry_after_seconds.has_value());
}

TEST(Decode, ATimeoutOfTheServerIsATimeoutAndNotAnError) {
  const Reading reading =
      to_reading(decode(503, R"({"status":"error","errorType":"timeout","error":"query timed out"})"));
  EXPECT_EQ(reading.absence, Absence::kTimeout);
}

TEST(Decode, RefusesARangeOfSamplesWhereOneIsWanted) {
  const Reading reading = to_reading(decode(
      200,
      R"({"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"1"],[2,"2"]]}]}})"));
  EXPECT_EQ(reading.absence, Absence::kError);
  EXPECT_THAT(reading.detail, testing::HasSubstr("rate()"));
}

}  // namespace
}  // namespace spillway::prometheus
