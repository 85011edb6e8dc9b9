// The only file of this room that includes yaml-cpp; its exceptions stay inside.
#include "operator/config/load.hpp"

#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <sstream>
#include <vector>

#include "operator/config/option_table.hpp"

namespace spillway::config {

namespace {

/// A setting as it was found: key -> text, and where that was, for messages.
struct Setting {
  std::string key;
  std::string value;
  std::string where;
};

Error invalid(std::string message) { return {ErrorKind::kInvalid, std::move(message)}; }

std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substituted = diagonal + (a[i - 1] != b[j - 1]);
      diagonal = std::exchange(row[j], std::min({row[j] + 1, row[j - 1] + 1, substituted}));
    }
  }
  return row[b.size()];
}

/// "unknown ... did you mean ...; allowed: ...". `spelling` turns an option into the source's way of writing it.
template <typename Spelling>
Error unknown_key(const std::string& where, const std::string& key, Spelling spelling) {
  std::string nearest, all;
  std::size_t least = std::max<std::size_t>(3, key.size() / 3);
  for (const Option& option : options()) {
    const std::string word = spelling(option);
    all += (all.empty() ? "" : ", ") + word;
    if (const std::size_t distance = edit_distance(key, word); distance < least) {
      least = distance;
      nearest = word;
    }
  }
  return invalid(where + ": unknown key \"" + key + "\"" + (nearest.empty() ? "" : ", did you mean \"" + nearest + "\"?") +
                 "; allowed: " + all);
}

const Option* find_option(std::string_view key) {
  for (const Option& option : options()) {
    if (key == option.key) return &option;
  }
  return nullptr;
}

Status apply(const Setting& setting, OperatorConfig& config) {
  const Option* option = find_option(setting.key);
  if (!option) return unknown_key(setting.where, setting.key, [](const Option& o) { return std::string(o.key); });
  if (!option->set(config, setting.value)) {
    return invalid(setting.where + ": " + setting.key + ": invalid value \"" + setting.value + "\": must be " + option->allowed);
  }
  return Ok{};
}

std::string place(const std::string& file, const YAML::Node& node) { return file + ":" + std::to_string(node.Mark().line + 1); }

Result<std::string> joined_list(const std::string& file, const YAML::Node& list) {
  std::string joined;
  for (const auto& item : list) {
    if (!item.IsScalar()) return invalid(place(file, item) + ": a list may only hold words");
    joined += (joined.empty() ? "" : ",") + item.Scalar();
  }
  return joined;
}

/// Nested maps become keys with dots.
Status flatten(const std::string& file, const YAML::Node& map, const std::string& prefix, std::vector<Setting>& out) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    const std::string key = prefix + entry.first.as<std::string>();
    const std::string where = place(file, entry.first);
    if (!seen.insert(key).second) return invalid(where + ": key \"" + key + "\" is given twice");
    if (entry.second.IsMap()) {
      if (auto nested = flatten(file, entry.second, key + ".", out); !nested) return nested;
    } else if (entry.second.IsSequence()) {
      auto list = joined_list(file, entry.second);
      if (!list) return list.error();
      out.push_back({key, *list, where});
    } else {
      out.push_back({key, entry.second.IsScalar() ? entry.second.Scalar() : std::string(), where});
    }
  }
  return Ok{};
}

Status read_file(const std::filesystem::path& file, OperatorConfig& config) {
  std::ifstream in(file);
  std::ostringstream text;
  if (!in || !(text << in.rdbuf())) {
    // An empty file sets failbit as well, and is fine.
    if (!std::filesystem::is_regular_file(file)) return Error{ErrorKind::kNotFound, "cannot read the configuration file " + file.string()};
  }
  std::vector<Setting> settings;
  try {
    const YAML::Node root = YAML::Load(text.str());
    if (!root.IsNull() && !root.IsMap()) return invalid(file.string() + ": must hold a map of settings");
    if (auto flat = flatten(file.string(), root, "", settings); !flat) return flat;
  } catch (const YAML::Exception& error) {
    return invalid(file.string() + ":" + std::to_string(error.mark.line + 1) + ": " + error.msg);
  }
  for (const Setting& setting : settings) {
    if (auto applied = apply(setting, config); !applied) return applied;
  }
  return Ok{};
}

Status read_flags(const std::map<std::string, std::string>& flags, OperatorConfig& config) {
  const auto spelling = [](const Option& option) { return option.flag(); };
  for (const auto& [name, value] : flags) {
    const auto table = options();
    const auto option = std::find_if(table.begin(), table.end(), [&](const Option& o) { return name == o.key || "--" + name == o.flag(); });
    if (option == table.end()) return unknown_key("flags", "--" + name, spelling);
    if (auto applied = apply({option->key, value, option->flag()}, config); !applied) return applied;
  }
  return Ok{};
}

/// Variables of the repository's own scripts and tests, which an operator started by them inherits.
bool is_tool_variable(std::string_view name) {
  constexpr std::array<std::string_view, 7> kPrefixes = {"SPILLWAY_TEST",   "SPILLWAY_CLUSTER", "SPILLWAY_CACHE",   "SPILLWAY_BINARY",
                                                         "SPILLWAY_BENCH", "SPILLWAY_DEMO",    "SPILLWAY_SANITIZE"};
  return std::any_of(kPrefixes.begin(), kPrefixes.end(), [&](std::string_view prefix) { return name.starts_with(prefix); });
}

/// Kubernetes gives every pod variables for each Service of its namespace; a Service called spillway or spillway-... must not
/// stop the operator.
bool is_service_link(const std::string& name) {
  constexpr std::array<std::string_view, 4> kParts = {"_SERVICE_HOST", "_SERVICE_PORT", "_PORT_", "_PORT"};
  return std::any_of(kParts.begin(), kParts.end(), [&](std::string_view part) {
    const std::size_t at = name.find(part);
    return at != std::string::npos && (part != "_PORT" || name.ends_with(part));
  });
}

Status read_environment(const std::map<std::string, std::string>& environment, OperatorConfig& config) {
  constexpr std::string_view kPrefix = "SPILLWAY_";
  for (const auto& [name, value] : environment) {
    if (!name.starts_with(kPrefix) || name == "SPILLWAY_CONFIG" || is_tool_variable(name) || is_service_link(name)) continue;
    const auto table = options();
    const auto option = std::find_if(table.begin(), table.end(), [&](const Option& o) { return name == o.environment(); });
    if (option == table.end()) return unknown_key("environment", name, [](const Option& o) { return o.environment(); });
    if (auto applied = apply({option->key, value, name}, config); !applied) return applied;
  }
  return Ok{};
}

bool is_loopback(const std::string& address) {
  const std::string host = address.substr(0, address.rfind(':'));
  return host == "localhost" || host == "[::1]" || (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

/// Settings that are fine one by one but not together.
Status check_together(const OperatorConfig& c) {
  if (!(c.zones.warning < c.zones.collapse)) return invalid("zones.warning must be less than zones.collapse");
  if (!(c.zones.hysteresis < c.zones.warning)) return invalid("zones.hysteresis must be less than zones.warning");
  if (c.auth == "none" && !is_loopback(c.listen_address))
    return invalid("auth: none needs a listenAddress on loopback, such as 127.0.0.1:8080; it is \"" + c.listen_address + "\"");
  if (c.tls.cert_file.empty() != c.tls.key_file.empty()) return invalid("tls.certFile and tls.keyFile go together");
  if (!c.prometheus.credentials_directory.empty() && c.prometheus.address.empty())
    return invalid("prometheus.credentialsDirectory needs prometheus.address: a server that a policy names itself never gets these credentials");
  const auto& lease = c.leader_election;
  if (lease.renew_deadline_seconds >= lease.lease_duration_seconds)
    return invalid("leaderElection.renewDeadlineSeconds must be less than leaderElection.leaseDurationSeconds");
  if (lease.retry_period_seconds >= lease.renew_deadline_seconds)
    return invalid("leaderElection.retryPeriodSeconds must be less than leaderElection.renewDeadlineSeconds");
  if (c.shards > 1 && !lease.enabled) return invalid("shards above 1 need leaderElection.enabled: true");
  return Ok{};
}

}  // namespace

Result<OperatorConfig> load_config(const Sources& sources) {
  OperatorConfig config;
  if (sources.file) {
    if (auto read = read_file(*sources.file, config); !read) return read.error();
  }
  if (auto read = read_flags(sources.flags, config); !read) return read.error();
  if (auto read = read_environment(sources.environment, config); !read) return read.error();
  if (auto checked = check_together(config); !checked) return checked.error();
  return config;
}

std::map<std::string, std::string> process_environment() {
  std::map<std::string, std::string> found;
  for (char** entry = environ; *entry; ++entry) {
    const std::string_view variable(*entry);
    const std::size_t equals = variable.find('=');
    if (equals != std::string_view::npos && variable.starts_with("SPILLWAY_"))
      found.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  return found;
}

}  // namespace spillway::config
