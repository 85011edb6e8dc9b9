#pragma once
#include <chrono>
#include <optional>

#include "model/base/result.hpp"
#include "operator/kube/resource.hpp"

namespace spillway::runtime {

/// Names the object to bring in order.
using Request = kube::ObjectKey;

/// A reconcile that worked: look again after this long, or only when something changes.
struct Next {
  std::optional<std::chrono::milliseconds> after;

  static Next done() { return {}; }
  static Next again_after(std::chrono::milliseconds delay) { return {delay}; }
};

/// Brings the world of one object in line with what the object asks for.
///
/// A reconciler is told WHICH object to look at, never what happened to it. It reads the present state, compares it with the
/// wanted one and does what is missing: level, not edge. Events may come twice, late, merged into one, or be lost by a
/// restart; the outcome must be the same. It may be called at any time, also when there is nothing to do, and for an object
/// that no longer exists. It is never called for the same object twice at once.
///
/// Answers:
///   Next::done()            nothing more to do until something changes
///   Next::again_after(d)    call again after d, counted from the end of this call; forgets earlier failures
///   an Error                call again with per-object exponential back-off; kThrottled no sooner than the server asked
///
/// A call blocks a worker, so it must be bounded in time.
class Reconciler {
 public:
  virtual ~Reconciler() = default;
  virtual Result<Next> reconcile(const Request& request) = 0;
};

}  // namespace spillway::runtime
