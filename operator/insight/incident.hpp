#pragma once
#include <optional>
#include <string>
#include <vector>

#include "operator/kube/resource.hpp"

namespace spillway::insight {

enum class Rule { kCollapseRisk, kSaturationPredicted, kRegimeShift, kSamplesRejected, kAtMaximum, kConflict };
inline constexpr Rule kRules[] = {Rule::kCollapseRisk,    Rule::kSaturationPredicted, Rule::kRegimeShift,
                                  Rule::kSamplesRejected, Rule::kAtMaximum,           Rule::kConflict};
/// The most pressing first.
enum class Priority { kCritical, kHigh, kMedium, kLow };

const char* to_string(Rule rule);
const char* to_string(Priority priority);
std::optional<Rule> rule_from(std::string_view word);
std::optional<Priority> priority_from(std::string_view word);

struct Evidence {
  std::string name;
  double value = 0.0;
  std::string unit;
};

/// What a rule sees: cause -> model -> prediction -> action, each one sentence.
struct Symptom {
  Priority priority = Priority::kMedium;
  std::string title;
  std::string cause;
  std::string model;
  std::string prediction;
  std::string action;
  std::vector<Evidence> evidence;
};

struct Acknowledgement {
  std::string by;
  double at = 0.0;     ///< seconds since 1970, like all times here
  double until = 0.0;
  std::string reason;
};

struct IncidentUpdate {
  double time = 0.0;
  std::string message;
};

/// Something that went wrong with one policy, from its onset until it was over.
struct Incident {
  std::string id;  ///< rule-onset-namespace.name: stable
  Rule rule = Rule::kCollapseRisk;
  kube::ObjectKey policy;
  Symptom symptom;  ///< as last seen
  double opened = 0.0;
  double updated = 0.0;
  double judged = 0.0;  ///< when its rule last had something to say; 0: not known
  double period = 0.0;  ///< seconds between two decisions of the policy
  std::optional<double> resolved;
  std::string outcome;                    ///< how it ended
  std::vector<std::string> decision_ids;  ///< newest last
  std::vector<IncidentUpdate> updates;    ///< newest last
  std::optional<Acknowledgement> acknowledgement;

  bool open() const { return !resolved; }
  /// It is open, but for more than two periods nothing could be said about it: its figures are of the past.
  bool stale(double now) const { return open() && judged > 0.0 && now - judged > 2.0 * period; }
  bool acknowledged(double now) const { return acknowledgement && acknowledgement->until > now; }
};

}  // namespace spillway::insight
