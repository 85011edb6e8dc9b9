#include "operator/load/progress.hpp"

#include <cmath>
#include <ostream>

#include "model/base/text.hpp"

namespace spillway::load {
namespace {

constexpr double kLineEverySeconds = 10.0;
constexpr int kBarWidth = 24;

std::string bar(double share) {
  const int filled = static_cast<int>(std::clamp(share, 0.0, 1.0) * kBarWidth);
  return "[" + std::string(filled, '#') + std::string(kBarWidth - filled, '.') + "]";
}

std::string figures(const Progress& progress) {
  std::string line = text(std::round(std::max(0.0, progress.elapsed.value())), "/", progress.total.value(), " s");
  for (const auto& t : progress.targets) {
    line += text("  | ", t.name, ": ", t.sent, " sent, ", t.ok, " ok, ", t.failed, " failed, ", t.outstanding,
                 " open, ", t.endpoints, " pods");
  }
  return line;
}

}  // namespace

void ProgressPrinter::show(const Progress& progress) {
  if (terminal_) {
    out_ << "\r\033[K" << bar(progress.elapsed / progress.total) << ' ' << figures(progress) << std::flush;
    return;
  }
  if (progress.elapsed.value() - last_line_ < kLineEverySeconds) return;
  last_line_ = progress.elapsed.value();
  out_ << "load: " << figures(progress) << std::endl;
}

void ProgressPrinter::finish() {
  if (terminal_) out_ << std::endl;
}

}  // namespace spillway::load
