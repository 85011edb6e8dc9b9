#pragma once
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "operator/kube/informer.hpp"
#include "operator/kube/objects.hpp"
#include "operator/load/endpoints.hpp"

namespace spillway::load {

/// The pods of a selection that are ready and not going away, watched. While the server does not answer the last list
/// stands.
class PodEndpoints final : public EndpointSource {
 public:
  /// `port` 0 takes the first container port of each pod; pods without one are left out.
  PodEndpoints(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, const std::string& ns,
               const std::string& label_selector, int port);
  ~PodEndpoints() override;

  std::shared_ptr<const EndpointList> endpoints() const override;
  /// The pods have been listed once, and why not yet.
  kube::ReflectorHealth health() const { return informer_.health(); }

 private:
  void rebuild();

  int port_;
  mutable std::mutex mutex_;
  std::shared_ptr<const EndpointList> list_ = std::make_shared<const EndpointList>();
  kube::Informer<kube::Pod> informer_;
};

/// The base URL at which a pod takes requests; nothing if it is not ready, is terminating or has no address or port.
std::optional<std::string> pod_url(const kube::Pod& pod, int port);

}  // namespace spillway::load
