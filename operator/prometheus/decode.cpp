#include "operator/prometheus/decode.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "model/base/text.hpp"

namespace spillway::prometheus {
namespace {

using nlohmann::json;

// Enough of a foreign answer to recognise who sent it, not enough to flood a condition.
constexpr std::size_t kExcerptBytes = 200;

std::string excerpt(std::string_view body) {
  std::string start(body.substr(0, kExcerptBytes));
  for (char& c : start) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
  }
  return body.size() > kExcerptBytes ? start + "..." : start;
}

const json* field(const json& object, const char* name) {
  const auto it = object.is_object() ? object.find(name) : object.end();
  return it == object.end() ? nullptr : &*it;
}

std::string text_field(const json& object, const char* name) {
  const json* value = field(object, name);
  return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
}

Error malformed(const std::string& what) {
  return {ErrorKind::kInvalid, "the answer is not what a Prometheus API gives: " + what + "; check the address"};
}

/// Prometheus writes values as strings: "1.5", "NaN", "+Inf", "-Inf".
std::optional<double> parse_value(const std::string& written) {
  const char* begin = written.data();
  const char* end = begin + written.size();
  if (begin != end && *begin == '+') ++begin;
  double value = 0.0;
  const auto [stop, code] = std::from_chars(begin, end, value);
  if (code == std::errc::result_out_of_range && stop == end) {  // 1e999 and 1e-999
    return written.find("e-") == std::string::npos ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return code == std::errc() && stop == end && begin != end ? std::optional(value) : std::nullopt;
}

std::optional<Sample> decode_sample(const json& pair) {
  if (!pair.is_array() || pair.size() != 2 || !pair[0].is_number() || !pair[1].is_string()) return std::nullopt;
  const auto value = parse_value(pair[1].get_ref<const std::string&>());
  if (!value) return std::nullopt;
  return Sample{Seconds(pair[0].get<double>()), *value};
}

std::string label_text(const json& metric) {
  std::string name;
  std::string labels;
  for (const auto& [key, value] : metric.items()) {
    if (!value.is_string()) continue;
    if (key == "__name__") {
      name = value.get<std::string>();
    } else {
      labels += (labels.empty() ? "" : ",") + key + "=\"" + value.get<std::string>() + "\"";
    }
  }
  return name + "{" + labels + "}";
}

Result<Series> decode_series(const json& entry) {
  Series series;
  if (const json* metric = field(entry, "metric"); metric != nullptr && metric->is_object())
    series.labels = label_text(*metric);
  if (field(entry, "histogram") != nullptr || field(entry, "histograms") != nullptr) {
    return Error{ErrorKind::kInvalid,
                 "the query returned a native histogram; reduce it to a number, e.g. with histogram_quantile()"};
  }
  if (const json* value = field(entry, "value"); value != nullptr) {
    const auto sample = decode_sample(*value);
    if (!sample) return malformed("a sample that is no [time, \"value\"]");
    series.samples.push_back(*sample);
    return series;
  }
  const json* values = field(entry, "values");
  if (values == nullptr || !values->is_array()) return malformed("a series without values");
  series.samples.reserve(values->size());
  for (const json& pair : *values) {
    const auto sample = decode_sample(pair);
    if (!sample) return malformed("a sample that is no [time, \"value\"]");
    series.samples.push_back(*sample);
  }
  return series;
}

Status decode_result(const std::string& type, const json& result, Answer& answer) {
  if (type == "scalar") {
    const auto sample = decode_sample(result);
    if (!sample) return malformed("a scalar that is no [time, \"value\"]");
    answer.series.push_back({"scalar", {*sample}});
    return Ok{};
  }
  if (type == "string") return Error{ErrorKind::kInvalid, "the query returned a string, not a number"};
  if (type != "vector" && type != "matrix") return malformed("result type '" + type + "'");
  if (!result.is_array()) return malformed("a result that is no list");
  for (const json& entry : result) {
    auto series = decode_series(entry);
    if (!series) return series.error();
    answer.series.push_back(std::move(*series));
  }
  return Ok{};
}

Result<Answer> decode_success(const json& document) {
  const json* data = field(document, "data");
  const json* result = data != nullptr ? field(*data, "result") : nullptr;
  if (result == nullptr) return malformed("no data.result");
  Answer answer;
  if (const json* warnings = field(document, "warnings"); warnings != nullptr && warnings->is_array()) {
    for (const json& warning : *warnings) {
      if (warning.is_string()) answer.warnings.push_back(warning.get<std::string>());
    }
  }
  if (auto status = decode_result(text_field(*data, "resultType"), *result, answer); !status) return status.error();
  return answer;
}

ErrorKind kind_of(int status, const std::string& error_type) {
  if (error_type == "timeout") return ErrorKind::kTimeout;
  if (error_type == "bad_data" || error_type == "execution") return ErrorKind::kInvalid;
  switch (status) {
    case 401:
      return ErrorKind::kUnauthorized;
    case 403:
      return ErrorKind::kForbidden;
    case 404:
      return ErrorKind::kNotFound;
    case 429:
      return ErrorKind::kThrottled;
    case 504:
      return ErrorKind::kTimeout;
    default:
      return status >= 500 ? ErrorKind::kTransient : ErrorKind::kInvalid;
  }
}

Error decode_failure(const io::HttpResponse& response, const json& document) {
  const std::string type = text_field(document, "errorType");
  const std::string words = text_field(document, "error");
  Error error{kind_of(response.status, type), {}};
  error.message = type.empty() && words.empty()
                      ? "HTTP " + std::to_string(response.status) + ": " + excerpt(response.body)
                      : type + ": " + words;
  if (error.kind == ErrorKind::kThrottled) {
    const std::string* retry_after = response.header("retry-after");
    const auto seconds = retry_after != nullptr ? parse_value(*retry_after) : std::nullopt;
    if (seconds && std::isfinite(*seconds)) error.retry_after_seconds = *seconds;
  }
  return error;
}

Absence defect_of(double value) {
  if (std::isnan(value)) return Absence::kNotANumber;
  if (std::isinf(value)) return Absence::kInfinite;
  return value < 0.0 ? Absence::kNegative : Absence::kNone;
}

std::string too_many(const std::vector<Series>& series) {
  return text("the query returned ", series.size(), " series (", series[0].labels, ", ", series[1].labels,
              series.size() > 2 ? ", ..." : "", "): aggregate it with sum()");
}

}  // namespace

Result<Answer> decode_answer(const io::HttpResponse& response) {
  const json document = json::parse(response.body, nullptr, /*allow_exceptions=*/false);
  const bool success = response.status >= 200 && response.status < 300;
  if (!success || text_field(document, "status") == "error") return decode_failure(response, document);
  if (document.is_discarded()) return malformed(text("'", excerpt(response.body), "'"));
  return decode_success(document);
}

Reading to_reading(const Result<Answer>& answer) {
  if (!answer) {
    const Absence absence = answer.error().kind == ErrorKind::kTimeout ? Absence::kTimeout : Absence::kError;
    return Reading::missing(absence, answer.error().message);
  }
  const auto& series = answer->series;
  if (series.empty()) return Reading::missing(Absence::kEmpty, "the query returned no series");
  if (series.size() > 1) return Reading::missing(Absence::kError, too_many(series));
  if (series[0].samples.empty())
    return Reading::missing(Absence::kEmpty, "the query returned a series without samples");
  if (series[0].samples.size() > 1) {
    return Reading::missing(Absence::kError,
                            "the query returned a range of samples: reduce it with rate() or avg_over_time()");
  }
  const Sample sample = series[0].samples[0];
  const Absence defect = defect_of(sample.value);
  if (defect == Absence::kNone) return Reading::of(sample.value, sample.time);
  Reading reading = Reading::missing(defect, "the query returned " + std::to_string(sample.value));
  reading.time = sample.time;
  return reading;
}

}  // namespace spillway::prometheus
