#pragma once
#include <map>
#include <string>
#include <string_view>

#include "crds/v1alpha1/types.hpp"
#include "model/base/policy.hpp"

namespace spillway::v1alpha1 {

/// What a profile stands for wherever the policy gives no value of its own (design/model.md, "Profiles").
struct ProfileNumbers {
  double late_penalty_factor;      ///< times the default price of a late request, 20 / (mu x rho)
  int target_utilization_percent;  ///< set point
  int scale_down_cooldown_seconds;
  double quantile_widening;        ///< stretches the forecast's quantiles about the median
};
ProfileNumbers profile_numbers(Profile profile);

struct ResolvedPolicy {
  Policy policy;
  /// For status.effectiveParameters: the spec's field path -> the number in force, "learned" where it is estimated.
  std::map<std::string, std::string> effective_parameters;
};

/// Fills in what profile and defaults say and turns the spec into what the law needs. Precondition: a decoded (valid) spec.
ResolvedPolicy resolve(const AutoscalerPolicySpec& spec);

/// The averaging window of a PromQL query: the longest range selector ([30s], [1h30m], [5m:15s]); 0 if it has none.
Seconds rate_window(std::string_view query);

}  // namespace spillway::v1alpha1
