#pragma once
#include <functional>
#include <string>
#include <string_view>

#include "model/base/result.hpp"
#include "operator/kube/json.hpp"

namespace spillway::kube {

enum class WatchEventType { kAdded, kModified, kDeleted, kBookmark };

/// Cuts a watch's bytes into events: one JSON document per line, lines split anywhere across chunks. Pure; holds one
/// unfinished line.
class WatchDecoder {
 public:
  using OnEvent = std::function<void(WatchEventType, const Json& object)>;

  /// Calls `on_event` for every complete event of the chunk. An ERROR event ends the watch with its Status as Error (410 is
  /// kGone); a line that is no event, or longer than 16 MiB, with kInvalid. Feed nothing more after an Error.
  Status feed(std::string_view chunk, const OnEvent& on_event);

 private:
  Status decode_line(std::string_view line, const OnEvent& on_event);

  std::string unfinished_;
};

/// A list page taken apart item by item, so that only one item is held as JSON at a time.
struct ListPage {
  std::string resource_version;
  std::string continue_token;  ///< empty on the last page
};
/// `each` is called for every item, in order. kInvalid if the text is no list. Items do not carry apiVersion and kind.
Result<ListPage> decode_list(std::string_view body, const std::function<void(Json& item)>& each);

/// metadata.resourceVersion, or empty.
std::string resource_version_of(const Json& object);

}  // namespace spillway::kube
