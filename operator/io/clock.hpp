#pragma once
#include <chrono>

#include "model/base/units.hpp"

namespace spillway::io {

/// Monotonic time: for durations, time-outs, leases. Never comes from or goes into an object.
using MonotonicTime = std::chrono::steady_clock::time_point;
/// Wall time: for sample timestamps, calendars, objects. The two do not mix.
using WallTime = std::chrono::system_clock::time_point;

/// The time source. Only main makes the real one; everything else is handed a reference, so that the whole operator can run
/// in a simulated world.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime monotonic() const = 0;
  virtual WallTime wall() const = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicTime monotonic() const override { return std::chrono::steady_clock::now(); }
  WallTime wall() const override { return std::chrono::system_clock::now(); }
};

/// Wall time as the model counts it: seconds since the Unix epoch.
inline Seconds to_seconds(WallTime time) { return Seconds(std::chrono::duration<double>(time.time_since_epoch()).count()); }

}  // namespace spillway::io
