#include "operator/load/pod_endpoints.hpp"

#include "model/base/text.hpp"

namespace spillway::load {

std::optional<std::string> pod_url(const kube::Pod& pod, int port) {
  if (!pod.ready || pod.terminating() || pod.ip.empty()) return std::nullopt;
  const int number = port == 0 && !pod.ports.empty() ? pod.ports.front().number : port;
  if (number == 0) return std::nullopt;
  const bool six = pod.ip.find(':') != std::string::npos;
  return text("http://", six ? "[" : "", pod.ip, six ? "]:" : ":", number);
}

PodEndpoints::PodEndpoints(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler,
                           const std::string& ns, const std::string& label_selector, int port)
    : port_(port), informer_(rest, clock, scheduler, {{kube::kPods, ns, label_selector, ""}, &kube::parse_pod}, {}) {
  informer_.add_handler([this](const kube::Change<kube::Pod>&) { rebuild(); });
  informer_.start();
}

PodEndpoints::~PodEndpoints() {
  informer_.stop();
}

std::shared_ptr<const EndpointList> PodEndpoints::endpoints() const {
  const std::lock_guard lock(mutex_);
  return list_;
}

void PodEndpoints::rebuild() {
  auto list = std::make_shared<EndpointList>();
  for (const auto& [key, pod] : informer_.store().snapshot()) {
    if (auto url = pod_url(*pod, port_)) list->push_back(std::move(*url));
  }
  const std::lock_guard lock(mutex_);
  if (*list_ != *list) list_ = std::move(list);
}

}  // namespace spillway::load
