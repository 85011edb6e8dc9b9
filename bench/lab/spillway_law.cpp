#include "bench/lab/spillway_law.hpp"

namespace spillway::bench {

SpillwayLaw::SpillwayLaw(Policy policy, std::span<const HistoryPoint> history, Seconds start)
    : policy_(policy), memory_(loop::Memory::fresh(policy, history, start)) {}

SpillwayLaw::SpillwayLaw(Policy policy, loop::Memory memory) : policy_(policy), memory_(std::move(memory)) {}

Replicas SpillwayLaw::decide(const Sight& sight) {
  auto result = loop::step(sight.seen, std::move(memory_), policy_, Seconds(sight.now));
  memory_ = std::move(result.memory);
  decision_ = std::move(result.decision);
  trace_ = std::move(result.trace);
  return decision_.replicas;
}

}  // namespace spillway::bench
