#include "model/plant/startup_pipeline.hpp"

#include <algorithm>

namespace spillway::plant {
namespace {

double overlap(double a0, double a1, double b0, double b1) { return std::max(0.0, std::min(a1, b1) - std::max(a0, b0)); }

/// Replica-seconds that the pods existing now can give during [from, to).
double known_work(double from, double to, double ready, std::span<const double> pending_due) {
  double work = ready * (to - from);
  for (double due : pending_due) work += std::max(0.0, to - std::max(from, due));
  return work;
}

/// What serves in a stage, by when it was asked for: `known` before now, then shares of stages, oldest first.
struct Sources {
  double known = 0.0;
  double known_share = 0.0;
  std::vector<std::pair<std::size_t, double>> asked;
};

/// The parts of `sources` up to and including stage `kept` count as what is wanted in that stage: they were given up by then
/// as far as it wants less. With `replace_known` the pods that exist already, too.
ReadyLimit limit_by(const Sources& sources, std::size_t kept, bool replace_known) {
  ReadyLimit limit{replace_known ? 0.0 : sources.known, {}};
  double share = replace_known ? sources.known_share : 0.0;
  for (const auto& [stage, weight] : sources.asked) {
    if (stage <= kept) share += weight;
  }
  limit.wanted.emplace_back(kept, share);
  for (const auto& [stage, weight] : sources.asked) {
    if (stage > kept) limit.wanted.emplace_back(stage, weight);
  }
  return limit;
}

Sources find_sources(const StageGrid& grid, std::size_t k, double startup, double ready, std::span<const double> pending_due,
                     double tiny) {
  const double start = grid.offset[k];
  const double end = start + grid.duration[k];
  const double lag_end = startup > end - tiny ? end : std::max(start, startup);
  Sources sources;
  if (lag_end - start > tiny) {
    sources.known = known_work(start, lag_end, ready, pending_due) / grid.duration[k];
    sources.known_share = lag_end < end ? (lag_end - start) / grid.duration[k] : 1.0;
  }
  for (std::size_t j = 0; j <= k; ++j) {
    const double asked = overlap(start - startup, end - startup, grid.offset[j], grid.offset[j] + grid.duration[j]);
    if (asked > tiny) sources.asked.emplace_back(j, asked / grid.duration[k]);
  }
  return sources;
}

StageLimits stage_limits(const Sources& sources, std::size_t k) {
  StageLimits result;
  result.known_share = sources.known_share;
  result.known = sources.known;
  if (sources.asked.empty()) result.limits.push_back({sources.known, {}});
  const bool some_known = sources.known_share > 0.0;
  for (std::size_t j = sources.asked.empty() ? 0 : sources.asked.front().first; j <= k; ++j) {
    if (!sources.asked.empty()) result.limits.push_back(limit_by(sources, j, false));
    if (some_known) result.limits.push_back(limit_by(sources, j, true));
  }
  return result;
}

}  // namespace

std::vector<StageLimits> ready_limits(const StageGrid& grid, double startup, double ready, std::span<const double> pending_due) {
  const double tiny = grid.size() > 0 ? 1e-9 * grid.duration[0] : 0.0;
  std::vector<StageLimits> result;
  for (std::size_t k = 0; k < grid.size(); ++k) {
    result.push_back(stage_limits(find_sources(grid, k, startup, ready, pending_due, tiny), k));
  }
  return result;
}

std::vector<double> ready_path(std::span<const StageLimits> limits, std::span<const double> wanted) {
  std::vector<double> ready;
  for (const StageLimits& stage : limits) {
    double least = wanted[ready.size()];
    for (const ReadyLimit& limit : stage.limits) {
      double most = limit.constant;
      for (const auto& [j, weight] : limit.wanted) most += weight * wanted[j];
      least = std::min(least, most);
    }
    ready.push_back(least);
  }
  return ready;
}

}  // namespace spillway::plant
