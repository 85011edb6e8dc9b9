#pragma once
#include <vector>

#include "controllers/autoscaler_policy/findings.hpp"
#include "crds/v1alpha1/conditions.hpp"

namespace spillway::autoscaler_policy {

/// What every lasting condition says after this reconcile, and Reconciling and Stalled. Pure.
std::vector<v1alpha1::ConditionUpdate> judge_conditions(const Findings& findings);

}  // namespace spillway::autoscaler_policy
