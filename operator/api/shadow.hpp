#pragma once
#include <optional>
#include <vector>

#include "bench/lab/closed_loop.hpp"
#include "crds/v1alpha1/types.hpp"
#include "model/loop/step.hpp"
#include "operator/insight/policy_view.hpp"

/// The shadow twin: the control law itself on a simulated service. Pure: nothing outside changes.
namespace spillway::api {

/// The simulated service as it was learned from the real one.
struct Service {
  double capacity = 0.0;  ///< requests per second and replica
  int concurrency = 1;
  double startup = 0.0;  ///< seconds
};
/// kInvalid while the policy's capacity is not known.
Result<Service> learned_service(const insight::PolicyView& view);

/// One course to play, in seconds since 1970.
struct Play {
  const v1alpha1::AutoscalerPolicySpec& spec;
  Service service;
  bench::Trace demand;
  Replicas initial = 1;
  std::vector<bench::CapacityChange> capacity_changes;
  std::vector<HistoryPoint> past;      ///< of demand, before the play
  std::optional<loop::Memory> memory;  ///< if given: goes on from it, and `past` does not matter
  std::uint64_t seed = 1;
};
bench::Run play(const Play& play);

/// Requests that a demand amounts to: what a play costs in time.
double requests_of(const bench::Trace& demand);

}  // namespace spillway::api
