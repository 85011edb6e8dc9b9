#include <rapidcheck.h>

#include "operator/prometheus/decode.hpp"

namespace spillway::prometheus {
namespace {

const std::string kValid =
    R"({"status":"success","warnings":["w"],"data":{"resultType":"matrix","result":[{"metric":{"a":"b"},"values":[[1.5,"2"],[3,"NaN"]]}]}})";

void read_all(int status, const std::string& body) {
  const auto answer = decode_answer({status, {}, body});
  const Reading reading = to_reading(answer);
  RC_ASSERT(reading.usable() == (reading.absence == Absence::kNone));
  if (reading.usable()) RC_ASSERT(std::isfinite(*reading.value) && *reading.value >= 0.0);
}

TEST(DecodeProperty, ArbitraryBytesNeverGiveAnUnsoundReading) {
  EXPECT_TRUE(rc::check([](const std::string& body) { read_all(*rc::gen::element(200, 400, 503), body); }));
}

TEST(DecodeProperty, AValidAnswerWithOneByteChangedNeverGivesAnUnsoundReading) {
  EXPECT_TRUE(rc::check([] {
    std::string body = kValid;
    body[*rc::gen::inRange<std::size_t>(0, body.size())] = *rc::gen::arbitrary<char>();
    read_all(200, body);
  }));
}

TEST(DecodeProperty, ACutAnswerIsAnError) {
  EXPECT_TRUE(rc::check([] {
    const auto size = *rc::gen::inRange<std::size_t>(0, kValid.size());
    RC_ASSERT(!decode_answer({200, {}, kValid.substr(0, size)}).has_value());
  }));
}

TEST(DecodeProperty, AnyNumberIsReadBackAsItWasWritten) {
  EXPECT_TRUE(rc::check([](double value) {
    RC_PRE(std::isfinite(value));
    char digits[64];
    snprintf(digits, sizeof digits, "%.17g", value);
    const auto answer = decode_answer(
        {200,
         {},
         std::string(R"({"status":"success","data":{"resultType":"scalar","result":[1,")") + digits + "\"]}}"});
    RC_ASSERT(answer.has_value());
    RC_ASSERT(answer->series[0].samples[0].value == value);
  }));
}

}  // namespace
}  // namespace spillway::prometheus
