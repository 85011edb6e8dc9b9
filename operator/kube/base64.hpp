#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace spillway::kube {

/// Standard base64 as Secrets and kubeconfigs hold it; line breaks inside are fine. Nothing if the text is not base64.
std::optional<std::string> decode_base64(std::string_view text);
std::string encode_base64(std::string_view bytes);

}  // namespace spillway::kube
