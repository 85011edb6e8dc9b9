#pragma once
#include <memory>

#include "model/base/result.hpp"
#include "operator/config/operator_config.hpp"
#include "operator/io/clock.hpp"

namespace spillway::cli {

/// The operator put together: client, caches, controller, leader election, HTTP. Nothing runs before run().
class OperatorProcess {
 public:
  /// kInvalid: an address, file or kubeconfig that cannot be used.
  static Result<std::unique_ptr<OperatorProcess>> assemble(const config::OperatorConfig& config,
                                                           const io::Clock& clock);
  ~OperatorProcess();

  /// Works until stop(), then finishes writes and releases its Leases. Blocks.
  void run();
  /// From any thread.
  void stop();

 private:
  struct Parts;
  explicit OperatorProcess(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace spillway::cli
