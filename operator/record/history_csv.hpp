#pragma once
#include <iosfwd>
#include <vector>

#include "model/base/observation.hpp"
#include "model/base/result.hpp"

namespace spillway::record {

/// Reads `seconds,rps` with ascending, usually negative seconds: the demand before t = 0, as a Prometheus range query
/// would have given it. Errors: kInvalid, naming the row (the header is row 1), the field, its value and what is
/// allowed.
Result<std::vector<HistoryPoint>> read_history_csv(std::istream& in);

}  // namespace spillway::record
