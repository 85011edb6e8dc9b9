#include "operator/record/history_csv.hpp"

#include <charconv>
#include <istream>

namespace spillway::record {
namespace {

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

std::optional<double> finite_number(std::string_view text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

Error row_error(int row, const std::string& what) {
  return {ErrorKind::kInvalid, "row " + std::to_string(row) + ": " + what};
}

std::string quoted(std::string_view text) {
  return "\"" + std::string(text) + "\"";
}

}  // namespace

Result<std::vector<HistoryPoint>> read_history_csv(std::istream& in) {
  std::vector<HistoryPoint> points;
  std::string line;
  if (!std::getline(in, line) || trim(line) != "seconds,rps") {
    return row_error(1, "header " + quoted(trim(line)) + " is not allowed; want \"seconds,rps\"");
  }
  for (int row = 2; std::getline(in, line); ++row) {
    const std::string_view text = trim(line);
    if (text.empty()) continue;
    const std::size_t comma = text.find(',');
    if (comma == std::string_view::npos)
      return row_error(row, quoted(text) + " is not allowed; want two columns, seconds,rps");
    const auto seconds = finite_number(trim(text.substr(0, comma)));
    const auto rate = finite_number(trim(text.substr(comma + 1)));
    if (!seconds)
      return row_error(row, "seconds " + quoted(text.substr(0, comma)) + " is not allowed; want a finite number");
    if (!rate || *rate < 0) {
      return row_error(row,
                       "rps " + quoted(text.substr(comma + 1)) + " is not allowed; want a finite number of at least 0");
    }
    if (!points.empty() && points.back().time >= Seconds(*seconds)) {
      return row_error(row,
                       "seconds " + quoted(text.substr(0, comma)) + " is not allowed; want more than the row before");
    }
    points.push_back({Seconds(*seconds), *rate});
  }
  return points;
}

}  // namespace spillway::record
