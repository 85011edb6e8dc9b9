#pragma once
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "model/base/result.hpp"

namespace spillway::io {

struct ProgramCall {
  std::string command;  ///< looked up in PATH if it holds no slash
  std::vector<std::string> args;
  std::vector<std::pair<std::string, std::string>> env;  ///< on top of this process's own
  std::chrono::milliseconds limit{30000};
  std::size_t max_output_bytes = 1u << 20;
};

/// Runs a program without a terminal and returns what it wrote to standard output. kInvalid if it cannot be started, writes
/// too much or ends with a code other than 0; kTimeout if it had to be killed. Standard error goes to ours. Blocks.
Result<std::string> run_program(const ProgramCall& call);

}  // namespace spillway::io
