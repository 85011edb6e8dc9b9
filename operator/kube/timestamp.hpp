#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "operator/io/clock.hpp"

namespace spillway::kube {

/// RFC 3339 in UTC with whole seconds (metav1.Time): "2026-11-23T01:02:03Z".
std::string format_time(io::WallTime time);
/// RFC 3339 in UTC with microseconds (metav1.MicroTime), as Leases and Events use it.
std::string format_micro_time(io::WallTime time);
/// Either form, with any number of decimals and any offset; nothing if it is not a time.
std::optional<io::WallTime> parse_time(std::string_view text);

}  // namespace spillway::kube
