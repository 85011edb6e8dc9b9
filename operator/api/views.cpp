#include "operator/api/views.hpp"

#include "crds/v1alpha1/enums.hpp"

namespace spillway::api {
namespace {

using insight::Sample;

struct Column {
  const char* name;
  float Sample::*field;
};
constexpr Column kColumns[] = {
    {"arrivalRate", &Sample::arrival_rate},
    {"forecastMedian", &Sample::forecast_median},
    {"forecastP93", &Sample::forecast_p93},
    {"forecastLeadSeconds", &Sample::forecast_lead},
    {"currentReplicas", &Sample::current},
    {"readyReplicas", &Sample::ready},
    {"desiredReplicas", &Sample::desired},
    {"backlog", &Sample::backlog},
    {"backlogLimit", &Sample::backlog_limit},
    {"latencySeconds", &Sample::latency},
    {"throughput", &Sample::throughput},
    {"utilization", &Sample::utilization},
    {"breachProbability", &Sample::breach_probability},
};

double rounded(double seconds) { return std::round(seconds * 1000.0) / 1000.0; }

/// Ascending; of two with the same lead (a start-up lag of one period) the one that was judged more often.
std::vector<insight::HorizonScore> by_lead(std::vector<insight::HorizonScore> horizons) {
  std::ranges::sort(horizons, [](const auto& a, const auto& b) { return std::pair(rounded(a.lead), -a.samples) < std::pair(rounded(b.lead), -b.samples); });
  const auto same = std::ranges::unique(horizons, {}, [](const auto& horizon) { return rounded(horizon.lead); });
  horizons.erase(same.begin(), same.end());
  return horizons;
}

/// Words of the past, marked as such.
std::string said_then(const std::string& words, bool stale) { return stale && !words.empty() ? "Then: " + words : words; }

/// "12:03:05 UTC" of a moment like 2026-11-23T12:03:05.250Z.
std::string clock_time(double time) { return moment(time).substr(11, 8) + " UTC"; }

Json mean(double sum, long count) { return count > 0 ? number(sum / static_cast<double>(count)) : Json(nullptr); }

Json prices_view(const std::vector<plan::ShadowPrice>& prices) {
  Json list = Json::array();
  for (const auto& price : prices) list.push_back({{"constraint", price.constraint}, {"price", number(price.price)}});
  return list;
}

}  // namespace

Json head_view(const insight::DecisionNote& note) {
  return {{"id", note.id}, {"time", moment(note.time)}, {"from", note.from}, {"to", note.to}, {"reason", note.reason}, {"message", note.message}};
}

Json view(const insight::Summary& row) {
  Json problems = Json::array();
  for (const auto& problem : row.problems) {
    problems.push_back({{"condition", problem.condition}, {"reason", problem.reason}, {"message", problem.message}});
  }
  return {{"namespace", row.key.ns},
          {"name", row.key.name},
          {"target", {{"kind", row.target_kind}, {"name", row.target_name}}},
          {"mode", v1alpha1::to_string(row.mode)},
          {"profile", v1alpha1::to_string(row.profile)},
          {"zone", row.zone ? Json(v1alpha1::to_string(*row.zone)) : Json(nullptr)},
          {"level", insight::to_string(row.level)},
          {"urgency", rounded(row.urgency)},
          {"situation", row.situation},
          {"ready", row.ready},
          {"demandKnown", row.demand_known},
          {"currentReplicas", number(row.current)},
          {"readyReplicas", number(row.ready_replicas)},
          {"desiredReplicas", number(row.desired)},
          {"minReplicas", row.min},
          {"maxReplicas", row.max},
          {"arrivalRate", number(row.arrival_rate)},
          {"utilization", number(row.utilization)},
          {"backlog", number(row.backlog)},
          {"latencySeconds", number(row.latency)},
          {"breachProbability", number(row.breach_probability)},
          {"timeToSaturationSeconds", number(row.time_to_saturation)},
          {"openIncidents", row.open_incidents},
          {"problems", std::move(problems)},
          {"lastDecision", row.last ? head_view(*row.last) : Json(nullptr)}};
}

Json view(const insight::Totals& totals) {
  return {{"policies", totals.policies},
          {"active", totals.active},
          {"dryRun", totals.dry_run},
          {"paused", totals.paused},
          {"safe", totals.safe},
          {"warning", totals.warning},
          {"collapse", totals.collapse},
          {"unknown", totals.unknown},
          {"conflicted", totals.conflicted},
          {"withoutMetrics", totals.without_metrics},
          {"openIncidents", totals.open_incidents},
          {"unacknowledgedIncidents", totals.unacknowledged_incidents},
          {"currentReplicas", totals.current},
          {"readyReplicas", totals.ready},
          {"desiredReplicas", totals.desired},
          {"arrivalRate", number(totals.arrival_rate)},
          {"backlog", number(totals.backlog)},
          {"movesLastHour", totals.moves_last_hour},
          {"movesSince", moment_or_null(totals.moves_since)},
          {"startingReplicas", totals.starting},
          {"awaited", totals.awaited}};
}

Json view(const insight::DecisionNote& note) {
  Json trail = Json::array();
  for (const auto& entry : note.trail) {
    trail.push_back({{"guard", entry.guard}, {"before", entry.before}, {"after", entry.after}, {"message", entry.message}});
  }
  return {{"id", note.id},
          {"namespace", note.policy.ns},
          {"name", note.policy.name},
          {"time", moment(note.time)},
          {"from", note.from},
          {"to", note.to},
          {"raw", number(note.raw)},
          {"reason", note.reason},
          {"message", note.message},
          {"moved", note.moved()},
          {"write", to_string(note.write)},
          {"mode", v1alpha1::to_string(note.mode)},
          {"bindingConstraint", note.binding_constraint},
          {"shadowPrices", prices_view(note.prices)},
          {"trail", std::move(trail)}};
}

Json view(const Sample& sample) {
  Json row = {{"time", rounded(sample.time)}};
  for (const Column& column : kColumns) row[column.name] = number(sample.*column.field);
  return row;
}

Json history_view(const kube::ObjectKey& key, int period, const std::vector<Sample>& samples, const std::vector<insight::DecisionNote>& moves) {
  Json history = {{"namespace", key.ns}, {"name", key.name}, {"controlPeriodSeconds", period}};
  Json times = Json::array();
  for (const Sample& sample : samples) times.push_back(rounded(sample.time));
  history["time"] = std::move(times);
  for (const Column& column : kColumns) {
    Json values = Json::array();
    for (const Sample& sample : samples) values.push_back(number(sample.*column.field));
    history[column.name] = std::move(values);
  }
  Json heads = Json::array();
  for (const auto& move : moves) heads.push_back(head_view(move));
  history["moves"] = std::move(heads);
  return history;
}

Json view(const forecast::AlarmScore& alarm, double events) {
  return {{"alarms", static_cast<long>(alarm.alarms)},
          {"precision", alarm.alarms > 0.0 ? number(alarm.precision) : Json(nullptr)},
          {"recall", events > 0.0 ? number(alarm.recall) : Json(nullptr)},
          {"leadSeconds", alarm.recall > 0.0 ? number(alarm.lead_time) : Json(nullptr)}};
}

Json view(const insight::Scores& scores) {
  const auto scored = [&](double score) { return scores.breach.statements > 0.0 ? number(score) : Json(nullptr); };
  Json horizons = Json::array();
  for (const auto& horizon : by_lead(scores.horizons)) {
    horizons.push_back({{"leadSeconds", rounded(horizon.lead)},
                        {"samples", horizon.samples},
                        {"meanAbsoluteError", mean(horizon.error_sum, horizon.samples)},
                        {"meanAbsoluteErrorOfHold", mean(horizon.hold_error_sum, horizon.samples)}});
  }
  Json coverage = Json::array();
  for (std::size_t i = 0; i < scores.covered.size(); ++i) {
    coverage.push_back({{"level", forecast::kQuantileLevels[i]},
                        {"samples", scores.coverage_samples},
                        {"observed", mean(static_cast<double>(scores.covered[i]), scores.coverage_samples)}});
  }
  return {{"since", moment_or_null(scores.since)},
          {"horizons", std::move(horizons)},
          {"coverage", std::move(coverage)},
          {"brierScore", scored(scores.breach.brier)},
          {"brierScoreOfBaseRate", scored(scores.breach.brier_climate)},
          {"brierSamples", static_cast<long>(scores.breach.statements)},
          {"breachesSeen", static_cast<long>(scores.breach.events)},
          {"breachAlarm", view(scores.breach.forecast, scores.breach.events)},
          {"utilizationAlarm", view(scores.breach.rival, scores.breach.events)},
          {"warnings",
           {{"hits", scores.hits},
            {"falseAlarms", scores.false_alarms},
            {"misses", scores.misses},
            {"leadP50Seconds", number(scores.median_warning_lead())}}}};
}

Json view(const insight::Incident& incident, double now) {
  Json evidence = Json::array(), updates = Json::array();
  for (const auto& item : incident.symptom.evidence) evidence.push_back({{"name", item.name}, {"value", number(item.value)}, {"unit", item.unit}});
  for (const auto& update : incident.updates) updates.push_back({{"time", moment(update.time)}, {"message", update.message}});
  Json acknowledgement;
  if (incident.acknowledged(now)) {
    const auto& ack = *incident.acknowledgement;
    acknowledgement = {{"by", ack.by}, {"at", moment(ack.at)}, {"until", moment(ack.until)}, {"reason", ack.reason}};
  }
  const insight::Symptom& symptom = incident.symptom;
  const bool stale = incident.stale(now);
  const std::string last = stale ? "Last judged at " + clock_time(incident.judged) + "; it cannot be judged now. " : std::string();
  return {{"id", incident.id},
          {"rule", insight::to_string(incident.rule)},
          {"priority", insight::to_string(symptom.priority)},
          {"state", incident.open() ? "Open" : "Resolved"},
          {"namespace", incident.policy.ns},
          {"name", incident.policy.name},
          {"title", symptom.title},
          {"openedAt", moment(incident.opened)},
          {"updatedAt", moment(incident.updated)},
          {"resolvedAt", moment_or_null(incident.resolved)},
          {"judgedAt", incident.judged > 0.0 ? Json(moment(incident.judged)) : Json(nullptr)},
          {"cause", last + said_then(symptom.cause, stale)},
          {"model", said_then(symptom.model, stale)},
          {"prediction", said_then(symptom.prediction, stale)},
          {"action", symptom.action},
          {"outcome", incident.outcome},
          {"evidence", std::move(evidence)},
          {"decisionIds", incident.decision_ids},
          {"updates", std::move(updates)},
          {"acknowledgement", std::move(acknowledgement)}};
}

Json views(const std::vector<insight::Incident>& incidents, double now) {
  Json list = Json::array();
  for (const auto& incident : incidents) list.push_back(view(incident, now));
  return list;
}

Json view(const insight::AuditEntry& entry) {
  return {{"id", entry.id},
          {"time", moment(entry.time)},
          {"user", entry.user},
          {"action", entry.action},
          {"namespace", entry.policy.ns},
          {"name", entry.policy.name},
          {"request", entry.request},
          {"result", entry.result},
          {"message", entry.message}};
}

Json view(const Zones& zones) { return {{"warning", zones.warning}, {"collapse", zones.collapse}, {"hysteresis", zones.hysteresis}}; }

}  // namespace spillway::api
