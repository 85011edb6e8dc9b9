#include "controllers/autoscaler_policy/rivals.hpp"

#include <algorithm>

namespace spillway::autoscaler_policy {
namespace {

/// Who has not been seen for so many control periods is gone.
constexpr int kPeriodsUntilGone = 10;

/// Versions of a group are the same object.
std::string group_of(const std::string& api_version) {
  const std::size_t slash = api_version.find('/');
  return slash == std::string::npos ? "" : api_version.substr(0, slash);
}

bool same_target(const v1alpha1::ScaleTargetRef& a, const std::string& api_version, const std::string& kind,
                 const std::string& name) {
  return a.kind == kind && a.name == name && group_of(a.api_version) == group_of(api_version);
}

const kube::Autoscaler* on_target(const v1alpha1::ScaleTargetRef& target,
                                  const std::vector<std::shared_ptr<const kube::Autoscaler>>& autoscalers) {
  for (const auto& each : autoscalers) {
    if (same_target(target, each->target.api_version, each->target.kind, each->target.name)) return each.get();
  }
  return nullptr;
}

std::string removal_of(const char* kind, const std::string& ns, const std::string& name) {
  return std::string("delete it or set this policy's mode to DryRun: kubectl delete ") + kind + " -n " + ns + " " + name;
}

/// An HPA that belongs to a ScaledObject comes back when it is deleted: the ScaledObject is the one to remove.
std::optional<Rival> find_autoscaler(const v1alpha1::ScaleTargetRef& target, const Neighbours& neighbours) {
  const kube::Autoscaler* scaled = on_target(target, neighbours.scaled_objects);
  const kube::Autoscaler* hpa = on_target(target, neighbours.autoscalers);
  const bool owned = hpa && hpa->meta.owner && hpa->meta.owner->kind == "ScaledObject";
  const std::string hpa_name = hpa ? "HorizontalPodAutoscaler " + hpa->meta.key().to_string() : "";
  if (scaled || owned) {
    const kube::ObjectKey key = scaled ? scaled->meta.key() : kube::ObjectKey{hpa->meta.ns, hpa->meta.owner->name};
    return Rival{"ScaledObject " + key.to_string() + (hpa ? " and its " + hpa_name : ""), "ScaledObject",
                 removal_of("scaledobject", key.ns, key.name)};
  }
  if (hpa) return Rival{hpa_name, "HorizontalPodAutoscaler", removal_of("hpa", hpa->meta.ns, hpa->meta.name)};
  return std::nullopt;
}

bool is_older(const PolicyObject& a, const PolicyObject& b) {
  return std::tie(a.meta.created, a.meta.name) < std::tie(b.meta.created, b.meta.name);
}

}  // namespace

std::optional<Rival> find_rival(const PolicyObject& policy, const Neighbours& neighbours) {
  const auto& target = policy.policy->spec.scale_target_ref;
  if (auto autoscaler = find_autoscaler(target, neighbours)) return autoscaler;
  for (const auto& other : neighbours.policies) {
    if (!other->policy || other->meta.uid == policy.meta.uid || other->policy->spec.mode != Mode::kActive) continue;
    const auto& theirs = other->policy->spec.scale_target_ref;
    if (!same_target(target, theirs.api_version, theirs.kind, theirs.name) || !is_older(*other, policy)) continue;
    return Rival{"AutoscalerPolicy " + other->meta.key().to_string(), "AutoscalerPolicy",
                 "keep one policy per target; the older one scales"};
  }
  return std::nullopt;
}

std::optional<Rival> RivalWatch::look(std::optional<Rival> present, io::MonotonicTime now,
                                      io::MonotonicTime::duration period) {
  if (present) {
    last_ = std::move(present);
    seen_ = now;
  } else if (last_ && now - seen_ >= kPeriodsUntilGone * period) {
    last_.reset();
  } else if (last_) {
    last_->gone = true;
  }
  return last_;
}

void OtherWriters::wrote(Replicas replicas) {
  expected_ = replicas;
}

void OtherWriters::reset() {
  *this = {};
}

OtherWriters::Verdict OtherWriters::look(Replicas replicas, const std::vector<kube::ReplicasWriter>& writers,
                                         Seconds now, Seconds cooldown, Seconds period) {
  constexpr int kRepetition = 2;
  const Seconds gone_after = double(kPeriodsUntilGone) * period;
  // After a restart: what stands there under our name is what we wrote.
  const bool ours = !writers.empty() && writers.back().manager == kFieldManager;
  if (!expected_ && ours) expected_ = replicas;
  const bool foreign = expected_ && replicas != *expected_ && !writers.empty() && !ours;
  if (foreign) {
    count_ = count_ > 0 && now - last_ > std::max(gone_after, cooldown) ? 1 : count_ + 1;
    who_ = writers.back().manager;
    last_ = now;
    expected_ = replicas;
  }
  if (count_ == 0) return {};
  const bool yielding = count_ >= kRepetition;
  const Seconds left = (yielding ? gone_after : std::max(cooldown, period)) - (now - last_);
  if (left > Seconds(0)) return {who_, yielding, left, *expected_};
  if (now - last_ > gone_after) count_ = 0;
  return {};
}

}  // namespace spillway::autoscaler_policy
