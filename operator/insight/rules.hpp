#pragma once
#include <optional>

#include "operator/insight/incident.hpp"
#include "operator/insight/policy_view.hpp"

namespace spillway::insight {

/// What a rule says about a reconcile.
struct Judgement {
  bool judged = true;  ///< false: this reconcile says nothing about it (no decision was taken)
  std::optional<Symptom> symptom;
};

/// Applies one rule. An incident that is open ends only below a lower threshold than the one at which it began (`already_open`).
Judgement judge(Rule rule, const PolicyView& view, bool already_open);

/// How many judgements in a row it takes to open and to resolve an incident of a rule.
int opens_after(Rule rule);
int resolves_after(Rule rule);

/// How it ended, in plain words.
std::string describe_outcome(const Incident& incident, const PolicyView& view);

}  // namespace spillway::insight
