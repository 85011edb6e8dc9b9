#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace spillway::config {

/// How the operator runs. Defaults are the members' initialisers; option_table.hpp documents each one and is what file, flags,
/// environment and the generated reference share.
struct OperatorConfig {
  std::string listen_address = ":8080";  ///< dashboard, API and metrics
  std::string advertise_address;         ///< IP at which other instances reach it; empty: they do not
  std::string health_address = ":8081";  ///< /healthz and /readyz
  std::string auth = "kubernetes";          ///< who may ask: "kubernetes" (its RBAC decides) or "none"
  std::string metrics_auth = "kubernetes";  ///< the same for /metrics alone
  std::string kubeconfig;                ///< empty: in-cluster, else $KUBECONFIG, else ~/.kube/config
  std::string context;                   ///< empty: the kubeconfig's current context
  std::vector<std::string> namespaces;   ///< empty: all
  int workers = 4;

  struct Tls {
    std::string cert_file;  ///< empty: plain HTTP
    std::string key_file;
  } tls;

  struct Prometheus {
    std::string address;  ///< empty: each policy must name one
    std::string credentials_directory;  ///< empty: it is asked without credentials
    int max_sample_age_seconds = 60;
  } prometheus;

  struct Api {
    double qps = 50;
    int burst = 100;
  } api;

  struct LeaderElection {
    bool enabled = true;
    std::string lease_name = "spillway";
    std::string lease_namespace;  ///< empty: the operator's own namespace
    int lease_duration_seconds = 3;
    double renew_deadline_seconds = 2;
    double retry_period_seconds = 0.5;
  } leader_election;

  int shards = 1;  ///< 1: one leader; more: that many Leases, each replica works on those it holds

  struct OptIn {
    bool enabled = true;
  } opt_in;

  struct Zones {
    double warning = 0.75;  ///< utilisation from which a policy is in Warning
    double collapse = 0.90;
    double hysteresis = 0.05;  ///< a zone is left only this far below its threshold
  } zones;

  struct DecisionLog {
    std::string path;  ///< empty: none; "-": standard output
    std::int64_t max_bytes = 64 << 20;
    int max_files = 5;
  } decision_log;

  struct Simulation {
    int max_concurrent = 1;
    int max_steps = 20000;
  } simulation;

  struct Log {
    std::string level = "info";
    std::string format = "json";
  } log;
};

}  // namespace spillway::config
