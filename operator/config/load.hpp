#pragma once
#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "model/base/result.hpp"
#include "operator/config/operator_config.hpp"

namespace spillway::config {

/// Where settings come from, in order of growing precedence: file, flags, environment.
struct Sources {
  std::optional<std::filesystem::path> file;       ///< YAML; also from $SPILLWAY_CONFIG when the caller puts it here
  std::map<std::string, std::string> flags;        ///< by option key or by flag without dashes, only those given
  std::map<std::string, std::string> environment;  ///< all variables; only SPILLWAY_* are looked at
};

/// kInvalid: an unknown key (names it, the nearest one and the allowed ones), a value out of range, or settings that contradict each other.
/// kNotFound: the file cannot be read. The message says which source the fault is in.
Result<OperatorConfig> load_config(const Sources& sources);

/// The SPILLWAY_* part of the process's environment.
std::map<std::string, std::string> process_environment();

}  // namespace spillway::config
