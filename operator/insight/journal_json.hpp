#pragma once
#include <string>

#include "operator/insight/read_model.hpp"

namespace spillway::insight {

/// Incidents and audit as two JSON texts of bounded size: open incidents come first, then what was resolved last.
struct JournalText {
  std::string incidents;
  std::string audit;
};
JournalText to_text(const ReadModel::Keepsakes& keepsakes);
/// What cannot be read is left out: a journal must never keep an operator from starting.
ReadModel::Keepsakes from_text(const JournalText& text);

}  // namespace spillway::insight
