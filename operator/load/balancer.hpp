#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "operator/io/clock.hpp"
#include "operator/load/endpoints.hpp"

namespace spillway::load {

/// One endpoint as this generator sees it. Kept by the requests under way, also after the endpoint has gone.
struct Slot {
  std::string url;
  std::size_t outstanding = 0;
  io::MonotonicTime resting_until{};  ///< after a refused connection: fast refusals must not attract all requests
};

/// Least outstanding requests; equal ones in turn. Not thread-safe.
class Balancer {
 public:
  /// Takes over the present endpoints; those that stay keep their counts.
  void update(const std::shared_ptr<const EndpointList>& list);
  /// The slot for the next request, or null if there is no endpoint. Resting ones are taken only when all rest.
  std::shared_ptr<Slot> pick(io::MonotonicTime now);
  std::size_t size() const { return slots_.size(); }

 private:
  std::shared_ptr<const EndpointList> list_;
  std::vector<std::shared_ptr<Slot>> slots_;
  std::size_t turn_ = 0;
};

}  // namespace spillway::load
