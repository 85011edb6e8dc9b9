#include "operator/insight/audit.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::insight {

AuditEntry AuditLog::add(AuditEntry entry) {
  entry.id = "audit-" + std::to_string(std::llround(entry.time * 1000.0)) + "-" + std::to_string(++count_);
  if (entries_.size() == kMost) entries_.pop_front();
  entries_.push_back(entry);
  return entry;
}

void AuditLog::restore(std::vector<AuditEntry> older) {
  for (auto entry = older.rbegin(); entry != older.rend() && entries_.size() < kMost; ++entry) {
    const bool known = std::ranges::any_of(entries_, [&](const AuditEntry& kept) { return kept.id == entry->id; });
    if (!known) entries_.push_front(std::move(*entry));
  }
}

}  // namespace spillway::insight
