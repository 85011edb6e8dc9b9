#include "operator/onboarding/metric_catalogue.hpp"

#include <algorithm>
#include <array>

namespace spillway::onboarding {
namespace {

using v1alpha1::ArrivalCounts;

constexpr std::array kKnown = {
    // Counted when a request comes in.
    KnownMetric{"http_requests_received_total", MetricRole::kArrivals, ArrivalCounts::kArrivals},
    KnownMetric{"toy_http_requests_received_total", MetricRole::kArrivals, ArrivalCounts::kArrivals},
    KnownMetric{"grpc_server_started_total", MetricRole::kArrivals, ArrivalCounts::kArrivals},
    // Counted when the answer is out.
    KnownMetric{"http_requests_total", MetricRole::kArrivals},
    KnownMetric{"http_server_requests_seconds_count", MetricRole::kArrivals},
    KnownMetric{"http_server_request_duration_seconds_count", MetricRole::kArrivals},
    KnownMetric{"http_request_duration_seconds_count", MetricRole::kArrivals},
    KnownMetric{"grpc_server_handled_total", MetricRole::kArrivals},
    KnownMetric{"istio_requests_total", MetricRole::kArrivals},
    KnownMetric{"nginx_ingress_controller_requests", MetricRole::kArrivals},
    KnownMetric{"traefik_service_requests_total", MetricRole::kArrivals},
    KnownMetric{"haproxy_backend_http_requests_total", MetricRole::kArrivals},
    // Work that waits.
    KnownMetric{"http_requests_waiting", MetricRole::kBacklog},
    KnownMetric{"toy_requests_waiting", MetricRole::kBacklog},
    KnownMetric{"rabbitmq_queue_messages_ready", MetricRole::kBacklog},
    KnownMetric{"kafka_consumergroup_lag", MetricRole::kBacklog},
    KnownMetric{"celery_queue_length", MetricRole::kBacklog},
    KnownMetric{"sidekiq_queue_backlog", MetricRole::kBacklog},
    KnownMetric{"queue_depth", MetricRole::kBacklog},
    KnownMetric{"http_server_active_requests", MetricRole::kBacklog, ArrivalCounts::kCompletions, true},
    KnownMetric{"http_requests_in_progress", MetricRole::kBacklog, ArrivalCounts::kCompletions, true},
    KnownMetric{"http_requests_in_flight", MetricRole::kBacklog, ArrivalCounts::kCompletions, true},
};

/// The value of a label in a selector's text; empty if it is not there as an equality.
std::string selected(const std::string& selector, const std::string& label) {
  const std::string wanted = label + "=";
  for (std::size_t start = 0; start < selector.size();) {
    const std::size_t end = std::min(selector.find(',', start), selector.size());
    const std::string part = selector.substr(start, end - start);
    if (part.starts_with(wanted)) return part.substr(wanted.size() + (part.substr(wanted.size()).starts_with("=") ? 1 : 0));
    start = end + 1;
  }
  return {};
}

/// Names of pods as their controllers make them, so that web-admin's pods are not taken for web's.
std::string pod_pattern(const Workload& workload) {
  std::string name;  // dots of a name must not match anything else; a backslash is doubled inside a PromQL string
  for (const char c : workload.name) name += c == '.' ? std::string("\\\\.") : std::string(1, c);
  if (workload.kind == "Deployment") return name + "-[a-z0-9]+-[a-z0-9]{5}";
  if (workload.kind == "StatefulSet") return name + "-[0-9]+";
  return name + "-.+";
}

std::string equal(const char* label, const std::string& value) { return std::string(label) + "=\"" + value + "\""; }

}  // namespace

std::span<const KnownMetric> known_metrics() { return kKnown; }

const KnownMetric* find_known_metric(const std::string& name) {
  const auto found = std::ranges::find_if(kKnown, [&](const KnownMetric& known) { return known.name == name; });
  return found == kKnown.end() ? nullptr : &*found;
}

std::vector<SeriesMatcher> matchers_of(const Workload& workload) {
  const std::string ns = equal("namespace", workload.ns);
  const std::string pods = "=~\"" + pod_pattern(workload) + "\"";
  std::vector<SeriesMatcher> matchers = {
      {ns + ",pod" + pods, true},
      {equal("kubernetes_namespace", workload.ns) + ",kubernetes_pod_name" + pods, true},
  };
  for (const auto& [label, in_prometheus] :
       {std::pair("app.kubernetes.io/name", "app_kubernetes_io_name"), std::pair("app", "app"), std::pair("k8s-app", "k8s_app")}) {
    if (const std::string value = selected(workload.selector, label); !value.empty())
      matchers.push_back({ns + "," + equal(in_prometheus, value), false});
  }
  for (const std::string& labels : {
           // The mesh reports both ends of a request: the receiving one counts.
           equal("destination_workload_namespace", workload.ns) + "," + equal("destination_workload", workload.name) +
               ",reporter=\"destination\"",
           equal("exported_namespace", workload.ns) + "," + equal("exported_service", workload.name),
           ns + "," + equal("service", workload.name), ns + "," + equal("job", workload.name), ns + "," + equal("queue", workload.name),
           equal("queue", workload.name), equal("consumergroup", workload.name)}) {
    matchers.push_back({labels, false});
  }
  return matchers;
}

std::string rate_query(const std::string& metric, const std::string& labels, int window_seconds) {
  return "sum(rate(" + metric + "{" + labels + "}[" + std::to_string(window_seconds) + "s]))";
}

std::string sum_query(const std::string& metric, const std::string& labels) { return "sum(" + metric + "{" + labels + "})"; }

std::string guessed_query(const Workload& workload) {
  return rate_query("http_requests_total", matchers_of(workload).front().labels, 60);
}

}  // namespace spillway::onboarding
