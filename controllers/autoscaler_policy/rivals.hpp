#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "controllers/autoscaler_policy/policy_object.hpp"
#include "operator/kube/objects.hpp"

namespace spillway::autoscaler_policy {

/// Somebody else who scales the same target.
struct Rival {
  std::string who;     ///< "HorizontalPodAutoscaler shop/checkout"
  std::string reason;  ///< of condition Conflicted
  std::string fix;     ///< what to do about it
  bool gone = false;   ///< no longer there, but not for long enough to be trusted (RivalWatch)
};

/// Who may be a rival: what the caches hold for the policy's namespace.
struct Neighbours {
  std::vector<std::shared_ptr<const kube::Autoscaler>> autoscalers;
  std::vector<std::shared_ptr<const kube::Autoscaler>> scaled_objects;
  std::vector<std::shared_ptr<const PolicyObject>> policies;
};

/// The rival of `policy`, autoscalers of others before policies; a ScaledObject is named together with the HPA that KEDA
/// made for it. Of several Active policies on one target the oldest scales and the others yield; DryRun and Paused
/// ones write nothing and are nobody's rival.
std::optional<Rival> find_rival(const PolicyObject& policy, const Neighbours& neighbours);

/// Keeps a rival in force until it has been gone for ten periods: tools delete and create such objects within seconds.
class RivalWatch {
 public:
  /// `present`: who is there now. Answers that, or the last one marked `gone`, or nobody.
  std::optional<Rival> look(std::optional<Rival> present, io::MonotonicTime now, io::MonotonicTime::duration period);

 private:
  std::optional<Rival> last_;
  io::MonotonicTime seen_{};
};

/// Whether somebody else sets spec.replicas (api.md, "Semantics that users rely on"): one write by another hand holds
/// for one cooldown, a second one within ten periods makes Spillway yield until there was none for ten periods.
class OtherWriters {
 public:
  struct Verdict {
    std::string who;        ///< the manager; empty: nobody, act freely
    bool yielding = false;  ///< repeated: a conflict. Otherwise a hold for `left` more seconds.
    Seconds left{0.0};
    Replicas wanted = 0;  ///< what the other one set
  };

  /// Remembers our own write.
  void wrote(Replicas replicas);
  /// Forgets everything: while an autoscaler is in conflict with us its writes are expected.
  void reset();
  /// Judges the present value. `writers`: of spec.replicas, latest last. Writes before our own first one, such as the
  /// manifest's initial value, are no conflict.
  Verdict look(Replicas replicas, const std::vector<kube::ReplicasWriter>& writers, Seconds now, Seconds cooldown,
               Seconds period);

 private:
  std::optional<Replicas> expected_;  ///< the value that we wrote, or accepted from another writer
  std::string who_;
  Seconds last_{0.0};
  int count_ = 0;  ///< foreign writes since we were last alone
};

/// Under this name Spillway's writes stand in managedFields.
inline constexpr const char* kFieldManager = "spillway";

}  // namespace spillway::autoscaler_policy
