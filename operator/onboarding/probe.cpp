#include "operator/onboarding/probe.hpp"

#include <algorithm>
#include <cmath>

namespace spillway::onboarding {
namespace {

/// All known names at once, for one way of matching: one series per name that is there, its value the number of series behind it.
std::string question(const SeriesMatcher& matcher) {
  std::string names = "up";
  for (const KnownMetric& known : known_metrics()) names += std::string("|") + known.name;
  return "count by (__name__) ({__name__=~\"" + names + "\"," + matcher.labels + "})";
}

std::string name_of(const prometheus::Series& series) { return series.labels.substr(0, series.labels.find('{')); }

std::string interval_question(const FoundMetric& found) {
  return std::string("max(count_over_time(") + found.metric->name + "{" + found.matcher.labels + "}[5m]))";
}

/// Four scrapes, so that one that is late leaves a rate; scrapes seen in five minutes tell how far apart they are.
int window_for(double scrapes_in_five_minutes) {
  constexpr int kLeast = 30, kUsual = 60, kMost = 600;
  if (scrapes_in_five_minutes < 3.0) return kUsual;  // a series that is new, or scraped hardly ever
  return std::clamp(static_cast<int>(std::ceil(4.0 * 300.0 / scrapes_in_five_minutes)), kLeast, kMost);
}

/// The better of two: a better name first, then a more exact way of matching, which came first.
void consider(std::optional<FoundMetric>& best, const FoundMetric& candidate) {
  if (!best || candidate.metric < best->metric) best = candidate;  // both point into the one table, best first
}

void take_in(const prometheus::Answer& answer, const SeriesMatcher& matcher, Findings& findings) {
  for (const prometheus::Series& series : answer.series) {
    if (series.samples.empty() || !(series.samples.front().value > 0.0)) continue;
    const std::string name = name_of(series);
    if (name == "up" && matcher.per_pod && !findings.targets) findings.targets = matcher;
    const KnownMetric* known = find_known_metric(name);
    if (known == nullptr) continue;
    const FoundMetric found{known, matcher, static_cast<int>(series.samples.front().value)};
    consider(known->role == MetricRole::kArrivals ? findings.arrivals : findings.backlog, found);
  }
}

std::string listed(MetricRole role) {
  std::string names;
  for (const KnownMetric& known : known_metrics())
    if (known.role == role) names += (names.empty() ? "" : ", ") + std::string(known.name);
  return names;
}

std::string described(const FoundMetric& found) {
  return std::string(found.metric->name) + "{" + found.matcher.labels + "} (" + std::to_string(found.series) + " series)";
}

}  // namespace

Result<Findings> probe(const prometheus::Client& server, const Workload& workload, Seconds now) {
  const std::vector<SeriesMatcher> matchers = matchers_of(workload);
  std::vector<std::string> questions;
  for (const SeriesMatcher& matcher : matchers) questions.push_back(question(matcher));
  const auto answers = server.instant_all(questions, now);
  Findings findings;
  for (std::size_t i = 0; i < matchers.size(); ++i) {
    if (!answers[i]) return answers[i].error();
    take_in(*answers[i], matchers[i], findings);
  }
  if (findings.arrivals) {
    const auto scrapes = server.instant(interval_question(*findings.arrivals), now);
    if (scrapes && !scrapes->series.empty() && !scrapes->series.front().samples.empty())
      findings.window_seconds = window_for(scrapes->series.front().samples.front().value);
  }
  return findings;
}

std::string describe(const Findings& findings) {
  std::string text = findings.arrivals ? "arrival rate from " + described(*findings.arrivals)
                                       : "no arrival rate: none of " + listed(MetricRole::kArrivals) + " has series of this workload";
  text += findings.backlog ? "; backlog from " + described(*findings.backlog) : "; no backlog metric";
  return text;
}

}  // namespace spillway::onboarding
