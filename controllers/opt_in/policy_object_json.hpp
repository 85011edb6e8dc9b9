#pragma once
#include "operator/kube/json.hpp"
#include "operator/kube/objects.hpp"
#include "operator/onboarding/policy_for_workload.hpp"

namespace spillway::opt_in {

/// The policy to create for a Deployment. The Deployment owns it: it goes when the Deployment goes. `is_guess` marks it for another look.
kube::Json policy_to_create(const onboarding::Draft& draft, const kube::Workload& deployment, bool is_guess);

/// The merge patch that replaces a guess by what was found since.
kube::Json metrics_patch(const onboarding::Draft& draft);

}  // namespace spillway::opt_in
