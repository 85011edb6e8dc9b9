#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "model/base/result.hpp"
#include "operator/insight/incident.hpp"
#include "operator/insight/policy_view.hpp"

namespace spillway::insight {

/// All incidents of the fleet. One per policy and rule is open at a time; one that comes back within the cooldown is the same one again.
/// None stays open that nobody judges any more. Not thread-safe; time is an argument.
class IncidentBook {
 public:
  static constexpr double kCooldown = 300.0;        ///< seconds after its end within which an incident is opened again, not anew
  static constexpr std::size_t kMostResolved = 200;
  static constexpr std::size_t kMostUpdates = 20;
  static constexpr std::size_t kMostDecisions = 20;

  static constexpr double kRewordEvery = 10.0;  ///< seconds, or the policy's period if that is longer

  /// Applies all rules to a reconcile. Returns the incidents that were opened, changed or resolved. One that only has new figures in its words
  /// is among them now and then (kRewordEvery).
  std::vector<Incident> observe(const PolicyView& view);
  /// Grows with every change that should outlive the process: new figures alone should not.
  unsigned long weight() const { return weight_; }
  /// The policy is gone: its incidents are over.
  std::vector<Incident> forget(const kube::ObjectKey& policy, double now);
  /// Ends what nobody has judged for `kStale` seconds.
  std::vector<Incident> sweep(double now);

  /// kNotFound: no such incident.
  Result<Incident> acknowledge(const std::string& id, Acknowledgement acknowledgement);
  Result<Incident> withdraw(const std::string& id, double now);
  Result<Incident> find(const std::string& id) const;

  /// Open ones by priority and age, then resolved ones, the latest first.
  std::vector<Incident> list() const;
  std::vector<Incident> open_of(const kube::ObjectKey& policy) const;

  /// Takes in what an earlier process left. Where both know an open incident of a rule, the older onset stands.
  void restore(std::vector<Incident> incidents, double now);

 private:
  static constexpr double kStale = 600.0;
  using Slot = std::pair<kube::ObjectKey, Rule>;
  struct Course {
    Incident incident;
    bool known = false;  ///< an incident stands here, open or resolved less than kCooldown ago
    int seen = 0;        ///< judgements in a row that show the symptom
    int clear = 0;       ///< and that do not
    double judged = 0.0;
    double told = 0.0;  ///< when it was last among those that observe() returned
  };

  std::optional<Incident> follow(Course& course, Rule rule, const PolicyView& view);
  std::optional<Incident> tell(Course& course, double now);
  bool take_in(Course& course, Symptom symptom, const PolicyView& view);
  void end(Course& course, std::string outcome, double now);
  void archive(Incident incident);
  Incident* lookup(const std::string& id);

  std::map<Slot, Course> courses_;
  unsigned long weight_ = 0;
  std::map<std::string, Incident> resolved_;  ///< by id; those that may not come back
};

}  // namespace spillway::insight
