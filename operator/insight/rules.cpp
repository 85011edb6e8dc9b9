#include "operator/insight/rules.hpp"

#include <algorithm>
#include <cmath>

#include "crds/v1alpha1/conditions.hpp"
#include "crds/v1alpha1/enums.hpp"
#include "model/base/text.hpp"

namespace spillway::insight {
namespace {

constexpr double kBreachLikely = 0.5;
constexpr double kBreachUnlikely = 0.2;

/// A decision's message without the move that it begins with ("2 -> 15: ", "stay at 4: ").
std::string without_move(const std::string& message) {
  const auto colon = message.find(": ");
  const std::string head = message.substr(0, colon);
  const bool is_move = colon != std::string::npos && (head.starts_with("stay at ") || head.find(" -> ") != std::string::npos);
  return is_move ? message.substr(colon + 2) : message;
}

Priority less_pressing(Priority priority) {
  return priority == Priority::kLow ? priority : static_cast<Priority>(static_cast<int>(priority) + 1);
}

/// What happens while demand is not known, by the policy's own fallback.
std::string describe_fallback(const Policy& law) {
  const std::string after = text("Nothing shrinks; once demand has not been known for ", law.fallback_after.value(), " s ");
  switch (law.on_missing_metrics) {
    case FallbackAction::kHold: return "The number of replicas stays as it is until metrics are back.";
    case FallbackAction::kReplicas: return text(after, "the fallback asks for ", law.fallback_replicas, " replicas.");
    default: return after + "the last plan is followed.";
  }
}

/// What the rules look at, with words for it.
class Facts {
 public:
  explicit Facts(const PolicyView& view) : view_(view), verdict_(*view.verdict) {}

  const estimate::StateEstimate& estimate() const { return verdict_.trace.estimate; }
  const plan::Plan& plan() const { return verdict_.trace.plan; }
  const forecast::Outlook& outlook() const { return verdict_.trace.outlook; }
  const decide::Decision& decision() const { return verdict_.decision; }
  const Observation& seen() const { return verdict_.observation; }
  bool planned() const { return plan().status != plan::SolveStatus::kNotRun; }
  double limit() const { return backlog_limit(view_.law, estimate().capacity.value, seen().ready); }
  const std::string& name() const { return view_.object->meta.name; }
  const v1alpha1::Condition* condition(const char* type) const { return v1alpha1::find_condition(view_.status.conditions, type); }
  bool is_true(const char* type) const {
    const auto* found = condition(type);
    return found && found->status == v1alpha1::ConditionStatus::kTrue;
  }
  const PolicyView& view() const { return view_; }

  std::string load() const {
    if (!estimate().demand_known) return "Demand is not known.";
    const std::string demand = text("Demand is ", estimate().arrival_rate.value, " requests/s");
    return estimate().backlog_known ? text(demand, " and ", std::round(estimate().backlog.value), " requests wait.") : demand + ".";
  }
  std::string service() const {
    return text(seen().ready, " of ", seen().replicas, " replicas are ready and serve ", estimate().capacity.value, " requests/s each; a new one takes ",
                std::round(estimate().startup_p50), " s to start.");
  }
  std::string action() const {
    const std::string why = text(" (", decision().reason, "): ", without_move(decision().message));
    if (decision().replicas == seen().replicas) return text("Held at ", seen().replicas, why);
    if (!writes()) return text("Would have asked for ", decision().replicas, " instead of ", seen().replicas, " replicas, which the mode ", v1alpha1::to_string(mode()), " forbids", why);
    return text(seen().replicas, " -> ", decision().replicas, " replicas", why);
  }
  Mode mode() const { return view_.findings.mode; }
  bool writes() const { return mode() == Mode::kActive; }
  std::vector<Evidence> evidence() const {
    std::vector<Evidence> all;
    if (estimate().demand_known) {
      all.push_back({"arrivalRate", estimate().arrival_rate.value, "requests/s"});
      all.push_back({"utilization", 100.0 * estimate().utilization, "%"});
    }
    if (estimate().backlog_known) all.push_back({"backlog", estimate().backlog.value, "requests"});
    all.push_back({"backlogLimit", limit(), "requests"});
    all.push_back({"readyReplicas", static_cast<double>(seen().ready), ""});
    if (planned()) all.push_back({"breachProbability", 100.0 * outlook().breach_probability, "%"});
    if (const auto& time = outlook().median_time_to_saturation(); planned() && time) all.push_back({"timeToSaturation", *time, "s"});
    return all;
  }
  /// Where nothing is written, Spillway is not at work there and everything is less pressing.
  Symptom symptom(Priority priority, std::string title, std::string cause, std::string prediction) const {
    if (!writes()) priority = less_pressing(priority);
    return {priority, std::move(title), std::move(cause), service(), std::move(prediction), action(), evidence()};
  }

 private:
  const PolicyView& view_;
  const autoscaler_policy::Verdict& verdict_;
};

Judgement nothing() { return {true, std::nullopt}; }
Judgement unknown() { return {false, std::nullopt}; }

/// P(the backlog passes its limit within a minute) is high, or it has passed it already.
Judgement collapse_risk(const Facts& facts, bool already_open) {
  if (!facts.planned()) return unknown();
  const double probability = facts.outlook().breach_probability;
  const bool over = facts.estimate().backlog.value > std::max(facts.limit(), 1.0);
  if (probability < (already_open ? kBreachUnlikely : kBreachLikely) && !over) return nothing();
  const std::string title = over ? facts.name() + ": more requests are waiting than the limit allows" : facts.name() + " is about to miss its limit";
  if (over) return {true, facts.symptom(Priority::kCritical, title, facts.load(), text("More than the limit of ", std::round(facts.limit()), " wait already."))};
  return {true, facts.symptom(Priority::kHigh, title, facts.load(),
                              text("The backlog passes its limit of ", std::round(facts.limit()), " requests within ", forecast::kBreachWithin,
                                   " s with probability ", std::round(100.0 * probability), " %."))};
}

Judgement saturation_predicted(const Facts& facts, bool) {
  if (!facts.planned()) return unknown();
  const auto& time = facts.outlook().median_time_to_saturation();
  if (!time) return nothing();
  const bool in_time = *time > facts.estimate().startup_p50;
  const std::string when = *time < 1.0 ? std::string("now") : text("in ", std::round(*time), " s");
  return {true, facts.symptom(in_time ? Priority::kMedium : Priority::kHigh, text(facts.name(), *time < 1.0 ? " is saturated" : " will be saturated ", *time < 1.0 ? "" : when),
                              facts.load(),
                              text("By the median forecast demand passes what is ready ", when, in_time ? ": time enough to start replicas." : ", sooner than a replica can start."))};
}

Judgement regime_shift(const Facts& facts, bool) {
  if (!facts.estimate().regime_shift) return nothing();
  return {true, facts.symptom(Priority::kLow, text("The load of ", facts.name(), " changed its level"), facts.load(),
                              "The new level is taken to last: forecasts start from it.")};
}

Judgement samples_rejected(const Facts& facts, bool) {
  const auto* fresh = facts.condition(v1alpha1::kMetricsFresh);
  const bool missing = fresh && fresh->status == v1alpha1::ConditionStatus::kFalse;
  const auto& rejections = facts.estimate().rejections;
  if (!missing && rejections.empty()) return nothing();
  std::string cause = missing ? fresh->message : std::string();
  for (const auto& rejection : rejections) {
    if (missing && cause.find(rejection.metric) != std::string::npos) continue;
    cause += text(cause.empty() ? "" : "; ", rejection.metric, ": ", rejection.reason);
    if (const auto value = refused_value(facts.seen(), rejection)) cause += text(" (", *value, ")");
  }
  const bool blind = !facts.estimate().demand_known;
  return {true, facts.symptom(blind ? Priority::kHigh : Priority::kMedium, text(facts.name(), blind ? " is scaled blind" : ": samples are missing or refused"), cause + ".",
                              blind ? describe_fallback(facts.view().law) : "Growth is planned on what is left; nothing shrinks on doubt.")};
}

Judgement at_maximum(const Facts& facts, bool already_open) {
  if (!facts.planned()) return unknown();
  const int max = facts.view().law.max_replicas;
  // What is only wished for (DryRun, Paused) does not stand anywhere.
  const bool at = (facts.writes() ? facts.decision().replicas : facts.seen().replicas) >= max;
  const auto* limited = facts.condition(v1alpha1::kScalingLimited);
  const bool wants_more = limited && limited->status == v1alpha1::ConditionStatus::kTrue && limited->reason == "TooManyReplicas";
  const bool waits = facts.estimate().backlog.value > facts.limit();
  if (!at || (!wants_more && !waits && !already_open)) return nothing();
  if (already_open && !wants_more && !waits && facts.estimate().utilization < facts.view().law.target_utilization) return nothing();
  return {true, facts.symptom(waits ? Priority::kHigh : Priority::kMedium, text(facts.name(), " stands at its maximum of ", max, " replicas"), facts.load(),
                              waits ? "The backlog is over its limit and cannot be drained with what is allowed." : "More would be used if maxReplicas allowed it.")};
}

Judgement conflict(const PolicyView& view) {
  const auto* conflicted = v1alpha1::find_condition(view.status.conditions, v1alpha1::kConflicted);
  if (!conflicted || conflicted->status != v1alpha1::ConditionStatus::kTrue) return nothing();
  Symptom symptom;
  symptom.priority = Priority::kHigh;
  symptom.title = "Somebody else scales the target of " + view.object->meta.name;
  symptom.cause = conflicted->message + ".";
  symptom.model = "Two that write the same number undo each other's work.";
  symptom.prediction = "Replicas follow the other one until it is gone.";
  symptom.action = "Spillway stands back and goes on watching.";
  return {true, std::move(symptom)};
}

}  // namespace

Judgement judge(Rule rule, const PolicyView& view, bool already_open) {
  if (rule == Rule::kConflict) return conflict(view);
  if (!view.decided()) return unknown();
  const Facts facts(view);
  switch (rule) {
    case Rule::kCollapseRisk: return collapse_risk(facts, already_open);
    case Rule::kSaturationPredicted: return saturation_predicted(facts, already_open);
    case Rule::kRegimeShift: return regime_shift(facts, already_open);
    case Rule::kSamplesRejected: return samples_rejected(facts, already_open);
    case Rule::kAtMaximum: return at_maximum(facts, already_open);
    case Rule::kConflict: break;
  }
  return nothing();
}

int opens_after(Rule rule) {
  return rule == Rule::kSamplesRejected || rule == Rule::kAtMaximum ? 2 : 1;
}

int resolves_after(Rule rule) {
  return rule == Rule::kRegimeShift ? 4 : rule == Rule::kConflict ? 1 : 3;
}

std::string describe_outcome(const Incident& incident, const PolicyView& view) {
  const double minutes = (view.findings.now.value() - incident.opened) / 60.0;
  std::string words = text("Over after ", minutes, " min");
  if (!view.verdict) return words + ".";
  const auto& seen = view.verdict->observation;
  switch (incident.rule) {
    case Rule::kCollapseRisk:
    case Rule::kAtMaximum:
      if (!view.verdict->trace.estimate.backlog_known) return text(words, " with ", seen.ready, " ready replicas.");
      return text(words, ": ", std::round(view.verdict->trace.estimate.backlog.value), " requests wait on ", seen.ready, " ready replicas.");
    case Rule::kSaturationPredicted:
      return text(words, ": ", seen.ready, " ready replicas are enough for the forecast.");
    case Rule::kSamplesRejected:
      return words + ": every metric has a current value again.";
    case Rule::kRegimeShift:
      return text(words, ": the load keeps its new level.");
    case Rule::kConflict:
      return words + ": nobody else scales the target any more.";
  }
  return words + ".";
}

}  // namespace spillway::insight
