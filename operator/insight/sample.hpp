#pragma once
#include <cstddef>
#include <deque>
#include <limits>
#include <string>
#include <vector>

#include "controllers/autoscaler_policy/findings.hpp"
#include "crds/v1alpha1/types.hpp"
#include "operator/kube/resource.hpp"

namespace spillway::insight {

/// Stands for "not known" in the columns below, which are many and small. It never leaves the process: JSON gets null.
inline constexpr float kUnknown = std::numeric_limits<float>::quiet_NaN();

/// One decision's figures, a row of a policy's history.
struct Sample {
  double time = 0.0;  ///< seconds since 1970
  float arrival_rate = kUnknown;
  float forecast_median = kUnknown;  ///< one start-up lag ahead
  float forecast_p93 = kUnknown;
  float forecast_lead = kUnknown;  ///< that lag, seconds
  float current = kUnknown;
  float ready = kUnknown;
  float desired = kUnknown;
  float backlog = kUnknown;
  float backlog_limit = kUnknown;
  float latency = kUnknown;  ///< seconds
  float throughput = kUnknown;
  float utilization = kUnknown;
  float breach_probability = kUnknown;
};

/// One decision in words.
struct DecisionNote {
  std::string id;  ///< namespace.name-milliseconds
  kube::ObjectKey policy;
  double time = 0.0;
  Mode mode = Mode::kActive;
  Replicas from = 0;
  Replicas to = 0;
  double raw = 0.0;
  std::string reason;
  std::string message;
  autoscaler_policy::WriteOutcome write = autoscaler_policy::WriteOutcome::kUnchanged;
  std::string binding_constraint;
  std::vector<plan::ShadowPrice> prices;
  std::vector<decide::TrailEntry> trail;

  bool moved() const { return write == autoscaler_policy::WriteOutcome::kWritten; }
};

/// Keeps the latest `capacity` items.
template <typename T>
class Latest {
 public:
  explicit Latest(std::size_t capacity) : capacity_(capacity) {}
  void push(T item) {
    if (items_.size() == capacity_) items_.pop_front();
    items_.push_back(std::move(item));
  }
  const std::deque<T>& items() const { return items_; }  ///< oldest first

 private:
  std::size_t capacity_;
  std::deque<T> items_;
};

/// Requests that may wait without one of them being late: the longest allowed delay times what the ready replicas serve.
double backlog_limit(const Policy& policy, double capacity_per_replica, Replicas ready);

/// The figure that was refused; nothing where there was none to refuse.
std::optional<double> refused_value(const Observation& seen, const estimate::Rejection& rejection);

Sample make_sample(const autoscaler_policy::Verdict& verdict, const Policy& policy, Seconds now);
DecisionNote make_note(const kube::ObjectKey& key, const autoscaler_policy::Verdict& verdict, Mode mode, Seconds now);

/// The stage of a forecast that holds the moment `lead` seconds ahead; nothing if the forecast does not reach that far.
std::optional<std::size_t> stage_at(const StageGrid& grid, double lead, std::size_t stages);

}  // namespace spillway::insight
