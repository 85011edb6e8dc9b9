#pragma once
#include <span>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "operator/config/operator_config.hpp"

namespace spillway::config {

/// One setting. The three spellings follow from the key: `leaderElection.leaseName` in the file is the flag
/// `--leader-election-lease-name` and the variable `SPILLWAY_LEADER_ELECTION_LEASE_NAME`.
struct Option {
  const char* key;
  const char* help;
  std::string allowed;  ///< in words: "true or false", "1 to 64", ...
  /// Sets the value from its text; false if the text is not allowed.
  bool (*set)(OperatorConfig&, std::string_view text);
  std::string (*get)(const OperatorConfig&);

  std::string flag() const;         ///< with the leading dashes
  std::string environment() const;
};

/// All settings, in the order of the reference.
std::span<const Option> options();

/// docs/configuration.md, generated: one table with key, flag, variable, default, allowed values and meaning.
std::string reference_markdown();

}  // namespace spillway::config
