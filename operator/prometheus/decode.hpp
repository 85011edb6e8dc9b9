#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/base/observation.hpp"
#include "model/base/result.hpp"
#include "operator/io/transport.hpp"

namespace spillway::prometheus {

/// One value at one time. The value may be NaN, infinite or negative: judging it is not the decoder's business.
struct Sample {
  Seconds time{0.0};
  double value = 0.0;
};

/// One series of an answer. An instant query gives it one sample, a range query many, in order of time.
struct Series {
  std::string labels;  ///< as people write it: up{job="web"}; for messages
  std::vector<Sample> samples;
};

/// What the server said when it said "success". A scalar is one series without labels.
struct Answer {
  std::vector<Series> series;
  std::vector<std::string> warnings;  ///< the server's own words, kept for status and logs
};

/// Reads an HTTP answer of /api/v1/query or /api/v1/query_range. Pure; takes any bytes without throwing.
/// Errors carry the server's words: kTimeout (the query ran out of time), kInvalid (bad query), kUnauthorized,
/// kForbidden, kNotFound (no Prometheus API at that address), kThrottled (429), kTransient (other 5xx).
Result<Answer> decode_answer(const io::HttpResponse& response);

/// Turns the answer of an instant query into one sensor reading, each way of missing told apart. Several series are an
/// Error that says how to repair the query; a value that is NaN, infinite or negative is not passed on.
Reading to_reading(const Result<Answer>& answer);

}  // namespace spillway::prometheus
