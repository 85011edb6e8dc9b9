#pragma once
#include <iosfwd>

#include "operator/load/generator.hpp"

namespace spillway::load {

/// Tells people how a run goes: on a terminal one line that is rewritten, elsewhere a line every ten seconds.
class ProgressPrinter {
 public:
  ProgressPrinter(std::ostream& out, bool terminal) : out_(out), terminal_(terminal) {}
  void show(const Progress& progress);
  /// Ends the rewritten line.
  void finish();

 private:
  std::ostream& out_;
  bool terminal_;
  double last_line_ = -1e9;  // seconds
};

}  // namespace spillway::load
