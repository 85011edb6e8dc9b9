#pragma once
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "operator/kube/json.hpp"

namespace spillway::kube {

/// Turns an answer that is not 2xx into an Error. The message is the server's (metav1.Status) where there is one; the kind
/// follows from the code and the Retry-After header (seconds). A 422 that names no cause is a JSON patch that could not be
/// applied, which for our patches means that a `test` failed: kConflict; with causes it is kInvalid. Never throws, whatever
/// the body holds. Pure.
Error decode_status(int http_status, std::string_view body, const std::string* retry_after_header);

/// The same for a Status object that came some other way, as the ERROR event of a watch.
Error decode_status_object(const Json& status);

}  // namespace spillway::kube
