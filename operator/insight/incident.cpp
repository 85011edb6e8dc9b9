#include "operator/insight/incident.hpp"

#include <algorithm>
#include <array>

namespace spillway::insight {
namespace {

constexpr std::array kPriorities = {Priority::kCritical, Priority::kHigh, Priority::kMedium, Priority::kLow};

}  // namespace

const char* to_string(Rule rule) {
  switch (rule) {
    case Rule::kCollapseRisk: return "CollapseRisk";
    case Rule::kSaturationPredicted: return "SaturationPredicted";
    case Rule::kRegimeShift: return "RegimeShift";
    case Rule::kSamplesRejected: return "SamplesRejected";
    case Rule::kAtMaximum: return "AtMaximum";
    case Rule::kConflict: return "Conflict";
  }
  return "";
}

const char* to_string(Priority priority) {
  switch (priority) {
    case Priority::kCritical: return "Critical";
    case Priority::kHigh: return "High";
    case Priority::kMedium: return "Medium";
    case Priority::kLow: return "Low";
  }
  return "";
}

std::optional<Rule> rule_from(std::string_view word) {
  const auto* found = std::ranges::find_if(kRules, [&](Rule rule) { return word == to_string(rule); });
  return found == std::end(kRules) ? std::nullopt : std::optional(*found);
}

std::optional<Priority> priority_from(std::string_view word) {
  const auto* found = std::ranges::find_if(kPriorities, [&](Priority priority) { return word == to_string(priority); });
  return found == kPriorities.end() ? std::nullopt : std::optional(*found);
}

}  // namespace spillway::insight
