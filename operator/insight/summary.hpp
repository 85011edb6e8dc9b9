#pragma once
#include <optional>
#include <string>
#include <vector>

#include "operator/insight/policy_view.hpp"

namespace spillway::insight {

/// How worried one should be, for colour.
enum class Level { kOk, kAttention, kCritical };
const char* to_string(Level level);

/// A condition that asks for attention.
struct Problem {
  std::string condition;
  std::string reason;
  std::string message;
};

/// A policy in one row. Absent figures are not known.
struct Summary {
  kube::ObjectKey key;
  std::string target_kind;
  std::string target_name;
  Mode mode = Mode::kActive;
  Profile profile = Profile::kNormal;
  std::optional<v1alpha1::Zone> zone;
  Level level = Level::kOk;
  double urgency = 0.0;  ///< 0 to 100
  std::string situation;
  bool ready = false;
  bool demand_known = false;
  bool conflicted = false;
  std::optional<int> current, ready_replicas, desired;
  int min = 0;
  int max = 0;
  std::optional<double> arrival_rate, utilization, backlog, latency, breach_probability, time_to_saturation;
  int open_incidents = 0;
  std::vector<Problem> problems;
  std::optional<DecisionNote> last;
};

/// The row of a policy as of its last reconcile. Pure.
Summary summarize(const PolicyView& view, int open_incidents, bool critical_incident);

/// Why not more replicas: the guard, the bound or the price that holds the number, in plain words.
std::string why_not_more(const PolicyView& view);

/// What the tiles show, over all policies.
struct Totals {
  int policies = 0;
  int active = 0, dry_run = 0, paused = 0;
  int safe = 0, warning = 0, collapse = 0, unknown = 0;
  int conflicted = 0, without_metrics = 0;
  int open_incidents = 0, unacknowledged_incidents = 0;
  int current = 0, ready = 0;
  int desired = 0;   ///< of the policies that are Active: what another mode wishes for is not on its way
  int starting = 0;  ///< asked for and not ready yet
  std::optional<double> arrival_rate, backlog;  ///< over the services where it is known; nothing where it is known of none
  int moves_last_hour = 0;
  std::optional<double> moves_since;  ///< seconds since 1970 from which on moves are known
  int awaited = 0;                    ///< policies that exist and have no report since the operator's start
};
/// Incidents, moves and what is awaited are the caller's.
Totals total(const std::vector<Summary>& rows);

/// The fleet in one plain sentence; `rows` by urgency.
std::string describe_fleet(const std::vector<Summary>& rows, const Totals& totals);

}  // namespace spillway::insight
