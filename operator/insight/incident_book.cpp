#include "operator/insight/incident_book.hpp"

#include <algorithm>
#include <cmath>

#include "model/base/text.hpp"
#include "operator/insight/rules.hpp"

namespace spillway::insight {
namespace {

std::string make_id(Rule rule, const kube::ObjectKey& policy, double onset) {
  return text(to_string(rule), "-", std::to_string(std::llround(onset)), "-", policy.ns, ".", policy.name);
}

template <typename T>
void push_bounded(std::vector<T>& items, T item, std::size_t most) {
  if (items.size() >= most) items.erase(items.begin() + 1);  // the first one tells the onset
  items.push_back(std::move(item));
}

bool same_words(const Symptom& a, const Symptom& b) { return a.title == b.title && a.cause == b.cause && a.prediction == b.prediction; }

Error unknown(const std::string& id) { return {ErrorKind::kNotFound, "there is no incident " + id}; }

}  // namespace

std::vector<Incident> IncidentBook::observe(const PolicyView& view) {
  std::vector<Incident> changed;
  for (const Rule rule : kRules) {
    auto& course = courses_[{view.key(), rule}];
    if (auto incident = follow(course, rule, view)) changed.push_back(std::move(*incident));
  }
  return changed;
}

std::optional<Incident> IncidentBook::follow(Course& course, Rule rule, const PolicyView& view) {
  const double now = view.findings.now.value();
  const bool open = course.known && course.incident.open();
  Judgement judgement = judge(rule, view, open);
  if (!judgement.judged) return std::nullopt;
  course.judged = course.incident.judged = now;
  course.incident.period = view.law.control_period.value();
  course.seen = judgement.symptom ? course.seen + 1 : 0;
  course.clear = judgement.symptom ? 0 : course.clear + 1;

  if (judgement.symptom && open) {
    const Symptom before = course.incident.symptom;
    if (take_in(course, std::move(*judgement.symptom), view)) return tell(course, now);
    if (same_words(before, course.incident.symptom)) return std::nullopt;
    const double pause = std::max(kRewordEvery, course.incident.period);
    if (now - course.told < pause) return std::nullopt;
    course.told = now;
    return course.incident;
  }
  if (judgement.symptom && course.seen >= opens_after(rule)) {
    if (course.known && now - *course.incident.resolved <= kCooldown) {
      course.incident.resolved.reset();
      course.incident.outcome.clear();
      push_bounded(course.incident.updates, {now, "came back: " + judgement.symptom->title}, kMostUpdates);
    } else {
      if (course.known) archive(course.incident);
      course.incident = Incident{.id = make_id(rule, view.key(), now), .rule = rule, .policy = view.key(), .opened = now, .judged = now, .period = view.law.control_period.value()};
      course.known = true;
      course.incident.updates.push_back({now, "opened: " + judgement.symptom->title});
    }
    take_in(course, std::move(*judgement.symptom), view);
    return tell(course, now);
  }
  if (open && course.clear >= resolves_after(rule)) {
    end(course, describe_outcome(course.incident, view), now);
    return tell(course, now);
  }
  return std::nullopt;
}

std::optional<Incident> IncidentBook::tell(Course& course, double now) {
  course.told = now;
  ++weight_;
  return course.incident;
}

/// True if something changed that people should hear about: the priority, or a move.
bool IncidentBook::take_in(Course& course, Symptom symptom, const PolicyView& view) {
  Incident& incident = course.incident;
  const double now = view.findings.now.value();
  const bool worse_or_better = incident.symptom.priority != symptom.priority && !incident.symptom.title.empty();
  incident.symptom = std::move(symptom);
  incident.updated = now;
  if (worse_or_better) push_bounded(incident.updates, {now, text("now ", to_string(incident.symptom.priority), ": ", incident.symptom.title)}, kMostUpdates);
  const bool moved = view.decided() && view.note && view.note->moved();
  const bool first = incident.decision_ids.empty();
  if (view.decided() && view.note && (moved || first)) push_bounded(incident.decision_ids, view.note->id, kMostDecisions);
  if (moved) push_bounded(incident.updates, {now, incident.symptom.action}, kMostUpdates);
  return worse_or_better || moved;
}

void IncidentBook::end(Course& course, std::string outcome, double now) {
  course.incident.resolved = now;
  course.incident.updated = now;
  course.incident.outcome = std::move(outcome);
  push_bounded(course.incident.updates, {now, "resolved: " + course.incident.outcome}, kMostUpdates);
}

void IncidentBook::archive(Incident incident) {
  resolved_.insert_or_assign(incident.id, std::move(incident));
  if (resolved_.size() <= kMostResolved) return;
  resolved_.erase(std::ranges::min_element(resolved_, {}, [](const auto& entry) { return *entry.second.resolved; }));
}

std::vector<Incident> IncidentBook::forget(const kube::ObjectKey& policy, double now) {
  std::vector<Incident> ended;
  for (const Rule rule : kRules) {
    const auto at = courses_.find({policy, rule});
    if (at == courses_.end()) continue;
    if (at->second.known) {
      if (at->second.incident.open()) {
        end(at->second, "The policy is gone.", now);
        ended.push_back(at->second.incident);
      }
      archive(at->second.incident);
    }
    courses_.erase(at);
  }
  return ended;
}

std::vector<Incident> IncidentBook::sweep(double now) {
  std::vector<Incident> ended;
  for (auto& [slot, course] : courses_) {
    if (!course.known || !course.incident.open() || now - course.judged <= kStale) continue;
    end(course, "Nobody could judge it any more.", now);
    ended.push_back(course.incident);
  }
  return ended;
}

Incident* IncidentBook::lookup(const std::string& id) {
  for (auto& [slot, course] : courses_) {
    if (course.known && course.incident.id == id) return &course.incident;
  }
  const auto past = resolved_.find(id);
  return past == resolved_.end() ? nullptr : &past->second;
}

Result<Incident> IncidentBook::find(const std::string& id) const {
  const Incident* incident = const_cast<IncidentBook*>(this)->lookup(id);
  if (!incident) return unknown(id);
  return *incident;
}

Result<Incident> IncidentBook::acknowledge(const std::string& id, Acknowledgement acknowledgement) {
  Incident* incident = lookup(id);
  if (!incident) return unknown(id);
  incident->updated = acknowledgement.at;
  push_bounded(incident->updates,
               {acknowledgement.at, text("acknowledged", acknowledgement.by.empty() ? "" : " by " + acknowledgement.by, " for ",
                                         (acknowledgement.until - acknowledgement.at) / 60.0, " min",
                                         acknowledgement.reason.empty() ? "" : ": " + acknowledgement.reason)},
               kMostUpdates);
  incident->acknowledgement = std::move(acknowledgement);
  return *incident;
}

Result<Incident> IncidentBook::withdraw(const std::string& id, double now) {
  Incident* incident = lookup(id);
  if (!incident) return unknown(id);
  if (incident->acknowledgement) push_bounded(incident->updates, {now, "the acknowledgement was withdrawn"}, kMostUpdates);
  incident->acknowledgement.reset();
  incident->updated = now;
  return *incident;
}

std::vector<Incident> IncidentBook::list() const {
  std::vector<Incident> all;
  for (const auto& [slot, course] : courses_) {
    if (course.known) all.push_back(course.incident);
  }
  for (const auto& [id, incident] : resolved_) all.push_back(incident);
  std::ranges::sort(all, [](const Incident& a, const Incident& b) {
    if (a.open() != b.open()) return a.open();
    if (!a.open()) return *a.resolved > *b.resolved;
    return std::pair(a.symptom.priority, a.opened) < std::pair(b.symptom.priority, b.opened);
  });
  return all;
}

std::vector<Incident> IncidentBook::open_of(const kube::ObjectKey& policy) const {
  std::vector<Incident> open;
  for (const Rule rule : kRules) {
    const auto at = courses_.find({policy, rule});
    if (at != courses_.end() && at->second.known && at->second.incident.open()) open.push_back(at->second.incident);
  }
  return open;
}

void IncidentBook::restore(std::vector<Incident> incidents, double now) {
  for (Incident& incident : incidents) {
    const bool may_come_back = incident.open() || now - *incident.resolved <= kCooldown;
    if (!may_come_back) {
      archive(std::move(incident));
      continue;
    }
    Course& course = courses_[{incident.policy, incident.rule}];
    if (course.known && course.incident.opened <= incident.opened) continue;
    if (course.known && course.incident.open()) {  // the same one, seen again before the past was read
      incident.resolved.reset();
      incident.symptom = course.incident.symptom;
      incident.updated = course.incident.updated;
      incident.judged = course.incident.judged;
      incident.period = course.incident.period;
    }
    course.incident = std::move(incident);
    course.known = true;
    course.judged = std::max(course.judged, now);
  }
}

}  // namespace spillway::insight
