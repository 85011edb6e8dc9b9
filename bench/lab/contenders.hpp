#pragma once
#include <string>
#include <vector>

#include "bench/lab/closed_loop.hpp"
#include "model/base/policy.hpp"
#include "model/base/result.hpp"

namespace spillway::bench {

/// The policy that gives Spillway what every law is told about the scenario's service: bounds, set point, capacity,
/// concurrency, start-up lag, period, price of lateness, rate window. Nothing of the plant that a user would not write
/// down.
Policy policy_for(const Scenario& scenario);

/// One law that can be asked for by name on the command line.
struct Contender {
  const char* name;
  const char* what;
};
const std::vector<Contender>& contenders();

/// A fresh law for one run; `policy` is for "spillway" alone. kInvalid for an unknown name.
Result<LawPtr> make_law(const std::string& name, const Scenario& scenario, const Policy& policy);

}  // namespace spillway::bench
