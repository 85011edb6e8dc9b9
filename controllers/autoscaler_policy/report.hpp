#pragma once
#include "controllers/autoscaler_policy/findings.hpp"
#include "crds/v1alpha1/types.hpp"

namespace spillway::autoscaler_policy {

/// Utilisation from which a target counts as in Warning or Collapse; a zone is left only `hysteresis` below its
/// threshold.
struct ZoneThresholds {
  double warning = 0.75;
  double collapse = 0.90;
  double hysteresis = 0.05;
};

v1alpha1::Zone judge_zone(double utilization, std::optional<v1alpha1::Zone> before, const ZoneThresholds& thresholds);

/// The status after a reconcile. What could not be found out this time keeps its last value. Pure.
v1alpha1::AutoscalerPolicyStatus make_status(const Findings& findings, std::int64_t generation,
                                             v1alpha1::AutoscalerPolicyStatus before, const ZoneThresholds& zones);

/// Whether a status is worth a write (api.md): a move, a condition, a count of pods, or an estimate that changed by
/// more than 5 %; otherwise once a minute.
bool is_worth_writing(const v1alpha1::AutoscalerPolicyStatus& written, const v1alpha1::AutoscalerPolicyStatus& now,
                      std::chrono::seconds since_written);

}  // namespace spillway::autoscaler_policy
