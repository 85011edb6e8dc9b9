#pragma once
#include <nlohmann/json_fwd.hpp>

namespace spillway::kube {

/// Objects travel as JSON and are turned into small structs at once. Only codecs include the full header.
using Json = nlohmann::json;

}  // namespace spillway::kube
