#pragma once
#include <string>
#include <vector>

#include "bench/lab/simulate.hpp"
#include "crds/v1alpha1/types.hpp"
#include "model/base/result.hpp"

namespace CLI {
class App;
}

namespace spillway::cli {

/// The options of every command that plays a demand on a simulated service: which demand, and what the service is like.
struct SimulatedService {
  bench::SimulateOptions options;
  std::string trace_file, phases, queueing = "least";
  std::vector<std::string> faults;
  double service_ms = 40.0;
};

/// Adds them to a command; `service` must outlive it.
void add_simulated_service(CLI::App& command, SimulatedService& service);
/// After parsing: loads the demand and completes `service.options`. kInvalid or kNotFound for a trace or phases that cannot be read;
/// kInvalid for a fault.
Status complete(SimulatedService& service);
/// The law gets this policy's settings, and from the simulated service only what the policy asks for.
void play_policy(const v1alpha1::AutoscalerPolicySpec& spec, bench::SimulateOptions& options);

}  // namespace spillway::cli
