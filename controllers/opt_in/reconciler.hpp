#pragma once
#include <functional>
#include <string>

#include "controllers/opt_in/watches.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/events.hpp"
#include "operator/onboarding/policy_for_workload.hpp"
#include "operator/prometheus/default_server.hpp"

namespace spillway::opt_in {

/// What the reconciler works with; all of it outlives it.
struct Surroundings {
  Watches& watches;
  kube::Client& client;
  kube::EventRecorder& events;
  io::Transport& transport;  ///< to Prometheus
  const io::Clock& clock;
  std::function<bool()> leading;                            ///< asked before each write
  std::function<void(const runtime::Request&)> enqueue;     ///< puts a Deployment into this controller's queue
};

/// Add this key to the queue once: the watches begin when the controller begins to work, which is when this instance leads.
inline const runtime::Request kBegin{};

/// Makes a DryRun policy for a Deployment that asks for one by annotation and has none. Where no metric was found the policy holds a guess,
/// and the look at Prometheus is repeated until one is there, every few seconds at first.
class OptInReconciler final : public runtime::Reconciler {
 public:
  /// Without an address of `prometheus` nothing can be found.
  OptInReconciler(Surroundings surroundings, prometheus::DefaultServer prometheus);
  Result<runtime::Next> reconcile(const runtime::Request& request) override;

 private:
  Result<runtime::Next> create(const kube::Workload& deployment);
  Result<runtime::Next> look_again(const kube::Workload& deployment, const kube::ObjectMeta& policy);
  Result<onboarding::Findings> look(const onboarding::Workload& workload) const;
  void tell(const kube::Workload& deployment, kube::EventType type, const char* reason, const std::string& note);

  Surroundings around_;
  prometheus::DefaultServer prometheus_;
};

}  // namespace spillway::opt_in
