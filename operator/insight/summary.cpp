#include "operator/insight/summary.hpp"

#include <algorithm>
#include <cmath>

#include "crds/v1alpha1/conditions.hpp"
#include "crds/v1alpha1/enums.hpp"
#include "model/base/text.hpp"
#include "model/decide/bounds.hpp"

namespace spillway::insight {
namespace {

using v1alpha1::ConditionStatus;

struct Watched {
  const char* type;
  ConditionStatus bad;
};
constexpr Watched kWatched[] = {
    {v1alpha1::kReady, ConditionStatus::kFalse},        {v1alpha1::kAbleToScale, ConditionStatus::kFalse},
    {v1alpha1::kMetricsFresh, ConditionStatus::kFalse}, {v1alpha1::kSolverHealthy, ConditionStatus::kFalse},
    {v1alpha1::kConflicted, ConditionStatus::kTrue},    {v1alpha1::kFallbackActive, ConditionStatus::kTrue},
};

std::vector<Problem> find_problems(const v1alpha1::AutoscalerPolicyStatus& status) {
  std::vector<Problem> problems;
  for (const Watched& watched : kWatched) {
    const auto* condition = v1alpha1::find_condition(status.conditions, watched.type);
    if (condition && condition->status == watched.bad) problems.push_back({watched.type, condition->reason, condition->message});
  }
  const auto* limited = v1alpha1::find_condition(status.conditions, v1alpha1::kScalingLimited);
  if (limited && limited->status == ConditionStatus::kTrue && limited->reason == "TooManyReplicas") {
    problems.push_back({limited->type, limited->reason, limited->message});
  }
  return problems;
}

const Problem* find_problem(const std::vector<Problem>& problems, std::string_view condition) {
  const auto found = std::ranges::find(problems, condition, &Problem::condition);
  return found == problems.end() ? nullptr : &*found;
}

double judge_urgency(const Summary& row, bool critical_incident) {
  double urgency = 25.0 * row.breach_probability.value_or(0.0);
  if (row.zone == v1alpha1::Zone::kCollapse) urgency += 40.0;
  if (row.zone == v1alpha1::Zone::kWarning) urgency += 10.0;
  if (row.time_to_saturation) urgency += 10.0;
  if (!row.ready) urgency += 25.0;
  if (!row.demand_known) urgency += 15.0;
  urgency += 5.0 * std::min<double>(static_cast<double>(row.problems.size()), 4.0);
  urgency += 4.0 * std::min(row.open_incidents, 3) + (critical_incident ? 10.0 : 0.0);
  return std::min(urgency, 100.0);
}

Level judge_level(const Summary& row, bool critical_incident) {
  if (row.zone == v1alpha1::Zone::kCollapse || row.breach_probability.value_or(0.0) >= 0.5 || critical_incident) return Level::kCritical;
  const bool attention = !row.problems.empty() || row.open_incidents > 0 || row.breach_probability.value_or(0.0) >= 0.1;
  return attention ? Level::kAttention : Level::kOk;
}

std::string replicas(int count) {
  return text(count, count == 1 ? " replica" : " replicas");
}

std::string describe_load(const Summary& row) {
  if (!row.arrival_rate || !row.utilization) return "its load is not known";
  std::string words = text(*row.arrival_rate, " requests/s on ", replicas(row.ready_replicas.value_or(0)), " ready");
  if (row.ready_replicas.value_or(0) > 0 && *row.utilization < 100.0) words += text(" (", std::round(100.0 * *row.utilization), " % used)");
  if (row.backlog && *row.backlog >= 1.0) words += text(", ", std::round(*row.backlog), " waiting");
  return words;
}

std::string describe_move(const Summary& row) {
  const int current = row.current.value_or(0), desired = row.desired.value_or(current);
  const bool withheld = row.last && row.last->write == autoscaler_policy::WriteOutcome::kWithheld;
  if (row.mode == Mode::kPaused) return text("; paused at ", replicas(current));
  if (withheld) return text("; would go from ", current, " to ", replicas(desired));
  if (row.last && row.last->to != row.last->from) return text("; going from ", row.last->from, " to ", replicas(row.last->to));
  if (row.ready_replicas.value_or(current) < current) return text("; ", current - *row.ready_replicas, " more of ", replicas(current), " are starting");
  return "";
}

std::string describe(const Summary& row) {
  const std::string& name = row.key.name;
  if (const Problem* conflict = find_problem(row.problems, v1alpha1::kConflicted)) return name + " stands back: " + conflict->message + ".";
  if (const Problem* ready = find_problem(row.problems, v1alpha1::kReady)) return name + " is not scaled (" + ready->reason + "): " + ready->message + ".";
  if (!row.last) return name + " waits for its first decision.";
  if (!row.demand_known) {
    const Problem* metrics = find_problem(row.problems, v1alpha1::kMetricsFresh);
    return text(name, " has no usable arrival rate", metrics ? " (" + metrics->reason + ")" : std::string(), "; held at ",
                replicas(row.current.value_or(0)), ".");
  }
  const char* state = " is steady: ";
  if (row.zone == v1alpha1::Zone::kCollapse) state = " is overloaded: ";
  else if (row.time_to_saturation) state = " will be saturated: ";
  else if (row.desired.value_or(0) > row.current.value_or(0)) state = " is growing: ";
  std::string sentence = name + state + describe_load(row) + describe_move(row);
  if (row.time_to_saturation && *row.time_to_saturation > 0.0) sentence += text("; demand passes capacity in ", std::round(*row.time_to_saturation), " s");
  return sentence + ".";
}

std::optional<double> finite(double value) {
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

void fill_figures(const PolicyView& view, Summary& row) {
  if (!view.verdict) {
    row.current = view.status.current_replicas;
    row.ready_replicas = view.status.ready_replicas;
    row.desired = view.status.desired_replicas;
    return;
  }
  const autoscaler_policy::Verdict& verdict = *view.verdict;
  const bool written = verdict.write.outcome == autoscaler_policy::WriteOutcome::kWritten;
  row.current = written ? verdict.decision.replicas : verdict.observation.replicas;
  row.ready_replicas = verdict.observation.ready;
  row.desired = verdict.decision.replicas;
  if (!view.decided()) return;  // figures of an earlier decision are not the present
  const auto& estimate = verdict.trace.estimate;
  row.demand_known = estimate.demand_known;
  if (estimate.backlog_known) row.backlog = finite(estimate.backlog.value);
  if (estimate.demand_known) {
    row.arrival_rate = finite(estimate.arrival_rate.value);
    row.utilization = finite(estimate.utilization);
  }
  if (verdict.observation.latency.value) row.latency = finite(*verdict.observation.latency.value);
  if (verdict.trace.plan.status != plan::SolveStatus::kNotRun) {
    row.breach_probability = finite(verdict.trace.outlook.breach_probability);
    row.time_to_saturation = verdict.trace.outlook.median_time_to_saturation();
  }
}

/// The dearest constraint that keeps replicas from being more: a floor does not.
const plan::ShadowPrice* find_price_of_more(const PolicyView& view) {
  const autoscaler_policy::Verdict& verdict = *view.verdict;
  const decide::Bounds bounds = decide::bounds_at(verdict.observation.calendar, view.law, Seconds(view.decided_at));
  const bool at_ceiling = !bounds.max_window.empty() && verdict.decision.replicas >= bounds.max;
  const auto found = std::ranges::find_if(verdict.trace.plan.prices, [&](const plan::ShadowPrice& price) {
    return price.constraint != "minReplicas" && (price.constraint != "schedule" || at_ceiling);
  });
  return found == verdict.trace.plan.prices.end() ? nullptr : &*found;
}

std::string in_words(const std::string& constraint) {
  static const std::map<std::string, std::string> kWords = {
      {"maxReplicas", "the maximum of replicas"}, {"schedule", "the ceiling of the schedule"}, {"startupLag", "the time that new replicas take to start"}};
  const auto found = kWords.find(constraint);
  return found == kWords.end() ? constraint : found->second;
}

bool is_troubled(const Summary& row) { return row.level != Level::kOk; }
/// Its metrics are away: not a policy that takes no decision for a reason of its own.
bool is_blind(const Summary& row) {
  return is_troubled(row) && !row.demand_known && find_problem(row.problems, v1alpha1::kMetricsFresh);
}

/// The reason that most of the blind ones have.
std::string common_reason(const std::vector<Summary>& rows) {
  std::map<std::string, int> counts;
  for (const Summary& row : rows) {
    if (is_blind(row)) ++counts[find_problem(row.problems, v1alpha1::kMetricsFresh)->reason];
  }
  const auto most = std::ranges::max_element(counts, {}, [](const auto& entry) { return entry.second; });
  const bool away = most->first == to_string(Absence::kError) || most->first == to_string(Absence::kTimeout);
  return away ? "Prometheus does not answer" : most->first;
}

/// One cause for many comes before what any single service suffers from.
std::string describe_outage(const std::vector<Summary>& rows, int blind, int troubled) {
  const bool fallback = std::ranges::any_of(rows, [](const Summary& row) { return is_blind(row) && find_problem(row.problems, v1alpha1::kFallbackActive); });
  std::string sentence = text(blind, " of ", static_cast<int>(rows.size()), " services have no metrics (", common_reason(rows), "): they are held",
                              fallback ? ", or follow their fallback." : ".");
  if (troubled == blind) return sentence;
  const auto worst = std::ranges::find_if(rows, [](const Summary& row) { return is_troubled(row) && !is_blind(row); });
  return text(sentence, " ", troubled - blind, troubled - blind == 1 ? " more needs attention: " : " more need attention: ", worst->situation);
}

std::string describe_start(const std::vector<Summary>& rows, const Totals& totals) {
  const int seen = static_cast<int>(rows.size());
  const int troubled = static_cast<int>(std::ranges::count_if(rows, is_troubled));
  const std::string start = text("The operator has just started: ", seen, " of ", seen + totals.awaited, " policies looked at");
  if (troubled == 0) return start + ".";
  return text(start, ", ", troubled, troubled == 1 ? " of them needs attention." : " of them need attention.");
}

}  // namespace

const char* to_string(Level level) {
  switch (level) {
    case Level::kOk: return "Ok";
    case Level::kAttention: return "Attention";
    case Level::kCritical: return "Critical";
  }
  return "Ok";
}

Summary summarize(const PolicyView& view, int open_incidents, bool critical_incident) {
  Summary row;
  row.key = view.key();
  if (view.object->policy) {
    const auto& spec = view.object->policy->spec;
    row.target_kind = spec.scale_target_ref.kind;
    row.target_name = spec.scale_target_ref.name;
    row.mode = spec.mode;
    row.profile = spec.profile;
    row.min = spec.min_replicas;
    row.max = spec.max_replicas;
  }
  row.problems = find_problems(view.status);
  row.ready = !find_problem(row.problems, v1alpha1::kReady);
  row.conflicted = find_problem(row.problems, v1alpha1::kConflicted) != nullptr;
  row.open_incidents = open_incidents;
  row.last = view.note;
  fill_figures(view, row);
  if (row.demand_known) row.zone = view.status.zone;
  row.urgency = judge_urgency(row, critical_incident);
  row.level = judge_level(row, critical_incident);
  row.situation = describe(row);
  return row;
}

std::string why_not_more(const PolicyView& view) {
  if (!view.decided()) return "No decision could be taken, so the number stays as it is.";
  const decide::Decision& decision = view.verdict->decision;
  for (auto entry = decision.trail.rbegin(); entry != decision.trail.rend(); ++entry) {
    if (entry->after < entry->before) return text(entry->guard, " held it at ", entry->after, " instead of ", entry->before, ": ", entry->message, ".");
  }
  if (view.findings.mode != Mode::kActive) return text("Nothing is written while the mode is ", v1alpha1::to_string(view.findings.mode), ".");
  const plan::Plan& plan = view.verdict->trace.plan;
  if (plan.status == plan::SolveStatus::kNotRun) return "No plan was made: " + decision.message;
  if (const plan::ShadowPrice* price = find_price_of_more(view)) {
    return text("What limits the plan most is ", in_words(price->constraint), ": one replica of relief would save ", price->price,
                " replica-seconds over the next ", std::round(view.verdict->trace.grid.end()), " s.");
  }
  return text("Nothing holds it back: more than ", replicas(decision.replicas), " would cost more than the waiting that they save.");
}

Totals total(const std::vector<Summary>& rows) {
  Totals totals;
  totals.policies = static_cast<int>(rows.size());
  for (const Summary& row : rows) {
    totals.active += row.mode == Mode::kActive;
    totals.dry_run += row.mode == Mode::kDryRun;
    totals.paused += row.mode == Mode::kPaused;
    totals.safe += row.zone == v1alpha1::Zone::kSafe;
    totals.warning += row.zone == v1alpha1::Zone::kWarning;
    totals.collapse += row.zone == v1alpha1::Zone::kCollapse;
    totals.unknown += !row.zone;
    totals.conflicted += row.conflicted;
    totals.without_metrics += !row.demand_known;
    totals.current += row.current.value_or(0);
    totals.ready += row.ready_replicas.value_or(0);
    if (row.mode == Mode::kActive) totals.desired += row.desired.value_or(0);
    totals.starting += std::max(0, row.current.value_or(0) - row.ready_replicas.value_or(row.current.value_or(0)));
    if (row.arrival_rate) totals.arrival_rate = totals.arrival_rate.value_or(0.0) + *row.arrival_rate;
    if (row.backlog) totals.backlog = totals.backlog.value_or(0.0) + *row.backlog;
  }
  return totals;
}

std::string describe_fleet(const std::vector<Summary>& rows, const Totals& totals) {
  if (totals.awaited > 0) return describe_start(rows, totals);
  if (rows.empty()) return "No policies yet. Apply an AutoscalerPolicy and it shows up here.";
  const auto troubled = std::ranges::count_if(rows, is_troubled);
  const auto blind = std::ranges::count_if(rows, is_blind);
  if (blind >= 2 && 2 * blind >= troubled) return describe_outage(rows, static_cast<int>(blind), static_cast<int>(troubled));
  if (troubled > 0) {
    return text(static_cast<int>(troubled), " of ", totals.policies, totals.policies == 1 ? " service" : " services", troubled == 1 ? " needs attention: " : " need attention: ", rows.front().situation);
  }
  const std::string all = totals.policies == 1 ? rows.front().key.name + " is well" : text("All ", totals.policies, " services are well");
  const std::string load = totals.arrival_rate ? text(*totals.arrival_rate, " requests/s") : std::string("load unknown");
  return text(all, ": ", load, " on ", replicas(totals.ready), " ready.");
}

}  // namespace spillway::insight
