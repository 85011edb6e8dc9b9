#pragma once
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "operator/load/endpoints.hpp"

namespace spillway::load {

/// A target as a person writes it.
struct TargetSpec {
  std::string name;
  EndpointList urls;  ///< fixed endpoints; else a selector
  std::string pod_namespace;
  std::string label_selector;  ///< app=web
  int port = 0;                ///< 0 = the pods' first container port
};

/// "[name=]http://a:1,http://b:2" or "[name=]namespace/label=value[:port]"; without a name, what follows it is the
/// name.
Result<TargetSpec> parse_target(std::string_view written);

}  // namespace spillway::load
