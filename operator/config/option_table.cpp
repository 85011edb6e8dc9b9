#include "operator/config/option_table.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstdio>
#include <vector>

namespace spillway::config {

namespace {

std::string number(double value) {
  char buffer[32];
  return std::string(buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr);
}

template <typename T>
bool parse_number(std::string_view text, T least, T greatest, T& out) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  // Written so that NaN fails.
  if (error != std::errc() || end != text.data() + text.size() || !(value >= least && value <= greatest)) return false;
  out = value;
  return true;
}

// Builders of table rows. Access is a lambda that picks the member from a (const) OperatorConfig.

template <auto Access, auto Least, auto Greatest>
Option numeric(const char* key, const char* help) {
  using T = std::remove_cvref_t<decltype(Access(std::declval<OperatorConfig&>()))>;
  return {key, help, number(Least) + " to " + number(Greatest),
          [](OperatorConfig& c, std::string_view text) {
            return parse_number<T>(text, static_cast<T>(Least), static_cast<T>(Greatest), Access(c));
          },
          [](const OperatorConfig& c) { return number(static_cast<double>(Access(c))); }};
}

template <auto Access>
Option flag(const char* key, const char* help) {
  return {key, help, "true or false",
          [](OperatorConfig& c, std::string_view text) {
            Access(c) = text == "true";
            return text == "true" || text == "false";
          },
          [](const OperatorConfig& c) { return std::string(Access(c) ? "true" : "false"); }};
}

bool anything(std::string_view) { return true; }
bool not_empty(std::string_view text) { return !text.empty(); }
bool is_level(std::string_view text) { return text == "debug" || text == "info" || text == "warn" || text == "error"; }
bool is_auth(std::string_view text) { return text == "kubernetes" || text == "none"; }
bool is_format(std::string_view text) { return text == "json" || text == "text"; }
bool is_url(std::string_view text) { return text.empty() || text.starts_with("http://") || text.starts_with("https://"); }
bool is_ip(std::string_view text) {
  in6_addr parsed{};
  const std::string address(text);
  return address.empty() || inet_pton(AF_INET, address.c_str(), &parsed) == 1 || inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}
bool is_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  int port = 0;
  return colon != std::string_view::npos && parse_number(text.substr(colon + 1), 0, 65535, port);
}

template <auto Access, auto Accepts>
Option text(const char* key, const char* help, const char* allowed) {
  return {key, help, allowed,
          [](OperatorConfig& c, std::string_view value) {
            Access(c) = std::string(value);
            return Accepts(value);
          },
          [](const OperatorConfig& c) { return Access(c); }};
}

bool set_namespaces(OperatorConfig& c, std::string_view text) {
  c.namespaces.clear();
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma == 0) return false;
    c.namespaces.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return true;
}

std::string get_namespaces(const OperatorConfig& c) {
  std::string joined;
  for (const auto& name : c.namespaces) joined += (joined.empty() ? "" : ",") + name;
  return joined;
}

constexpr const char* kPath = "a path, or empty";
constexpr const char* kAuth = "kubernetes or none";
constexpr const char* kAddress = "host:port or :port";

std::vector<Option> make_options() {
  return {
      text<[](auto& c) -> auto& { return c.listen_address; }, is_address>("listenAddress", "Where dashboard, API and /metrics are served.", kAddress),
      text<[](auto& c) -> auto& { return c.advertise_address; }, is_ip>("advertiseAddress", "IP address at which other instances reach this one's listen address: while it leads, they pass on to it what dashboards and API clients ask them. If empty they answer 503 NotLeader.", "an IP address, or empty"),
      text<[](auto& c) -> auto& { return c.health_address; }, is_address>("healthAddress", "Where /healthz and /readyz are served, apart from the rest.", kAddress),
      text<[](auto& c) -> auto& { return c.auth; }, is_auth>("auth", "Who may use the listen address: kubernetes asks the API server for every request (bearer token, RBAC); none lets everybody, and needs a listenAddress on loopback.", kAuth),
      text<[](auto& c) -> auto& { return c.metrics_auth; }, is_auth>("metricsAuth", "The same for /metrics alone: kubernetes wants the verb get on the nonResourceURL /metrics; none lets everybody read it.", kAuth),
      text<[](auto& c) -> auto& { return c.tls.cert_file; }, anything>("tls.certFile", "Certificate chain (PEM) for the listen address; if empty plain HTTP. Read again when it changes.", kPath),
      text<[](auto& c) -> auto& { return c.tls.key_file; }, anything>("tls.keyFile", "The certificate's private key (PEM).", kPath),
      text<[](auto& c) -> auto& { return c.kubeconfig; }, anything>("kubeconfig", "Kubeconfig to use; if empty the pod's service account, else $KUBECONFIG, else ~/.kube/config.", kPath),
      text<[](auto& c) -> auto& { return c.context; }, anything>("context", "Context of the kubeconfig; if empty its current one.", "a name, or empty"),
      {"namespaces", "Namespaces to watch; if empty all.", "names separated by commas, a list in the file, or empty", set_namespaces, get_namespaces},
      numeric<[](auto& c) -> auto& { return c.workers; }, 1, 64>("workers", "Reconciles that run at the same time."),
      text<[](auto& c) -> auto& { return c.prometheus.address; }, is_url>("prometheus.address", "Prometheus server of the policies that name none.", "a URL with http:// or https://, or empty"),
      text<[](auto& c) -> auto& { return c.prometheus.credentials_directory; }, anything>("prometheus.credentialsDirectory", "Directory with the credentials for that server, as a mounted Secret or the pod's service account has them: token, or username with password; and ca.crt. Read anew for each query; a server that a policy names itself never gets them.", kPath),
      numeric<[](auto& c) -> auto& { return c.prometheus.max_sample_age_seconds; }, 1, 3600>("prometheus.maxSampleAgeSeconds", "Samples older than this are stale, where a metric of a policy does not say otherwise."),
      numeric<[](auto& c) -> auto& { return c.api.qps; }, 1.0, 10000.0>("api.qps", "Requests per second to the API server, on average. Watches and the Lease are not counted."),
      numeric<[](auto& c) -> auto& { return c.api.burst; }, 1, 20000>("api.burst", "Requests to the API server that may go at once."),
      flag<[](auto& c) -> auto& { return c.leader_election.enabled; }>("leaderElection.enabled", "Act only while holding the Lease. Turn it off only where exactly one operator ever runs."),
      text<[](auto& c) -> auto& { return c.leader_election.lease_name; }, not_empty>("leaderElection.leaseName", "Name of the Lease; with shards, the prefix of their names.", "a name"),
      text<[](auto& c) -> auto& { return c.leader_election.lease_namespace; }, anything>("leaderElection.leaseNamespace", "Namespace of the Lease; if empty the operator's own.", "a name, or empty"),
      numeric<[](auto& c) -> auto& { return c.leader_election.lease_duration_seconds; }, 2, 3600>("leaderElection.leaseDurationSeconds", "How long a Lease that is not renewed still counts as held; a killed leader is replaced after about this time and the retry period."),
      numeric<[](auto& c) -> auto& { return c.leader_election.renew_deadline_seconds; }, 0.2, 3600.0>("leaderElection.renewDeadlineSeconds", "How long a leader that cannot renew goes on; less than the lease's duration, by as much as a write under way may take."),
      numeric<[](auto& c) -> auto& { return c.leader_election.retry_period_seconds; }, 0.05, 3600.0>("leaderElection.retryPeriodSeconds", "Time between two tries; less than the renew deadline."),
      numeric<[](auto& c) -> auto& { return c.shards; }, 1, 64>("shards", "1: one leader does everything. More: policies are spread over that many Leases, and every replica works on its fair share of them."),
      flag<[](auto& c) -> auto& { return c.opt_in.enabled; }>("optIn.enabled", "Make a policy in mode DryRun for each Deployment that asks by the annotation spillway.dev/enable, its own or its namespace's (with namespaces set only its own)."),
      numeric<[](auto& c) -> auto& { return c.zones.warning; }, 0.01, 10.0>("zones.warning", "Utilization (demand over capacity) from which a policy is in zone Warning."),
      numeric<[](auto& c) -> auto& { return c.zones.collapse; }, 0.01, 10.0>("zones.collapse", "Utilization from which a policy is in zone Collapse; greater than zones.warning."),
      numeric<[](auto& c) -> auto& { return c.zones.hysteresis; }, 0.0, 1.0>("zones.hysteresis", "A zone is left only this far below its threshold; less than zones.warning."),
      text<[](auto& c) -> auto& { return c.decision_log.path; }, anything>("decisionLog.path", "File for one JSON line per decision, which `spillway replay` reads; - is standard output; empty is none.", kPath),
      numeric<[](auto& c) -> auto& { return c.decision_log.max_bytes; }, 65536, 17179869184>("decisionLog.maxBytes", "Size at which the decision log is rotated."),
      numeric<[](auto& c) -> auto& { return c.decision_log.max_files; }, 1, 1000>("decisionLog.maxFiles", "Rotated decision logs that are kept."),
      numeric<[](auto& c) -> auto& { return c.simulation.max_concurrent; }, 0, 64>("simulation.maxConcurrent", "What-if simulations that the API runs at the same time; 0 turns them off."),
      numeric<[](auto& c) -> auto& { return c.simulation.max_steps; }, 1, 10000000>("simulation.maxSteps", "Control periods that one simulation may take."),
      text<[](auto& c) -> auto& { return c.log.level; }, is_level>("log.level", "Least level that is logged.", "debug, info, warn or error"),
      text<[](auto& c) -> auto& { return c.log.format; }, is_format>("log.format", "JSON lines, or text for people.", "json or text"),
  };
}

/// leaderElection.leaseName -> leader<separator>election<separator>lease<separator>name.
std::string spelled(std::string_view key, char separator) {
  std::string out;
  for (const char c : key) {
    if (c == '.') {
      out += separator;
    } else if (std::isupper(static_cast<unsigned char>(c))) {
      (out += separator) += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string Option::flag() const { return "--" + spelled(key, '-'); }

std::string Option::environment() const {
  std::string name = "SPILLWAY_" + spelled(key, '_');
  std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  return name;
}

std::span<const Option> options() {
  static const std::vector<Option> table = make_options();
  return table;
}

std::string reference_markdown() {
  const OperatorConfig defaults;
  std::string out =
      "# Operator configuration\n\n"
      "<!-- Generated from operator/config/option_table.cpp; a test keeps it so. -->\n"
      "Settings come from a YAML file (`--config FILE` or `SPILLWAY_CONFIG`), from flags and from the environment; of these the later ones win.\n"
      "Dots in a key are levels in the file. An unknown key, flag or `SPILLWAY_` variable is an error.\n\n"
      "| key | flag | variable | default | allowed | meaning |\n|---|---|---|---|---|---|\n";
  for (const Option& option : options()) {
    const std::string value = option.get(defaults);
    out += "| `" + std::string(option.key) + "` | `" + option.flag() + "` | `" + option.environment() + "` | " +
           (value.empty() ? "" : "`" + value + "`") + " | " + option.allowed + " | " + option.help + " |\n";
  }
  return out;
}

}  // namespace spillway::config
