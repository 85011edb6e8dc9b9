#pragma once
#include <span>
#include <string_view>

namespace spillway::http {

/// One file of the dashboard.
struct Asset {
  std::string_view path;  ///< "/" or "/assets/NAME-HASH.TYPE"
  std::string_view content_type;
  std::string_view body;
};

/// The dashboard that was built into the binary; empty when it was left out (SPILLWAY_DASHBOARD=OFF).
std::span<const Asset> dashboard_assets();

}  // namespace spillway::http
