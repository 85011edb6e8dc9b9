#pragma once
#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <optional>

namespace spillway::bench {

/// Instructions in user mode that this thread has run since its first call; none where the machine has no counter (most virtual ones).
inline std::optional<std::uint64_t> count_instructions() {
  thread_local const int counter = [] {
    perf_event_attr event{};
    event.type = PERF_TYPE_HARDWARE;
    event.size = sizeof event;
    event.config = PERF_COUNT_HW_INSTRUCTIONS;
    event.exclude_kernel = event.exclude_hv = 1;
    return static_cast<int>(syscall(SYS_perf_event_open, &event, 0, -1, -1, 0));
  }();
  std::uint64_t count = 0;
  if (counter < 0 || read(counter, &count, sizeof count) != sizeof count) return std::nullopt;
  return count;
}

}  // namespace spillway::bench
