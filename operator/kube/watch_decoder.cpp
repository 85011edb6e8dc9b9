#include "operator/kube/watch_decoder.hpp"

#include <nlohmann/json.hpp>

#include "operator/kube/status_decoder.hpp"

namespace spillway::kube {
namespace {

constexpr std::size_t kLongestLine = 16u << 20;

Error invalid(const std::string& what) { return {ErrorKind::kInvalid, what}; }

bool event_type(const std::string& name, WatchEventType& type) {
  if (name == "ADDED") {
    type = WatchEventType::kAdded;
  } else if (name == "MODIFIED") {
    type = WatchEventType::kModified;
  } else if (name == "DELETED") {
    type = WatchEventType::kDeleted;
  } else if (name == "BOOKMARK") {
    type = WatchEventType::kBookmark;
  } else {
    return false;
  }
  return true;
}

std::string text_member(const Json& object, const char* name) {
  if (!object.is_object()) return {};
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace

Status WatchDecoder::feed(std::string_view chunk, const OnEvent& on_event) {
  while (true) {
    const auto newline = chunk.find('\n');
    if (newline == std::string_view::npos) break;
    std::string_view line = chunk.substr(0, newline);
    std::string joined;
    if (!unfinished_.empty()) {
      joined = std::exchange(unfinished_, {});
      joined.append(line);
      line = joined;
    }
    chunk.remove_prefix(newline + 1);
    if (auto decoded = decode_line(line, on_event); !decoded) return decoded;
  }
  if (unfinished_.size() + chunk.size() > kLongestLine)
    return invalid("a watch event is longer than " + std::to_string(kLongestLine) + " bytes");
  unfinished_.append(chunk);
  return Ok{};
}

Status WatchDecoder::decode_line(std::string_view line, const OnEvent& on_event) {
  if (line.find_first_not_of(" \t\r") == std::string_view::npos) return Ok{};
  const Json event = Json::parse(line, nullptr, false);
  const std::string name = text_member(event, "type");
  const auto object = event.is_object() ? event.find("object") : event.end();
  if (name.empty() || object == event.end() || !object->is_object())
    return invalid("a line of the watch is no event: " + std::string(line.substr(0, 80)));
  if (name == "ERROR") return decode_status_object(*object);
  WatchEventType type;
  if (!event_type(name, type)) return invalid("unknown watch event type " + name);
  on_event(type, *object);
  return Ok{};
}

std::string resource_version_of(const Json& object) {
  if (!object.is_object()) return {};
  const auto metadata = object.find("metadata");
  return metadata == object.end() ? std::string() : text_member(*metadata, "resourceVersion");
}

Result<ListPage> decode_list(std::string_view body, const std::function<void(Json& item)>& each) {
  // Depth 0 is the list, 1 its members, 2 the items: an item is handed over as soon as it is complete and then dropped.
  bool inside_items = false;
  const auto on_parse = [&](int depth, Json::parse_event_t event, Json& parsed) {
    if (depth == 1 && event == Json::parse_event_t::key) inside_items = parsed == "items";
    if (depth == 2 && event == Json::parse_event_t::object_end && inside_items) {
      each(parsed);
      return false;
    }
    return true;
  };
  const Json list = Json::parse(body, on_parse, false);
  if (!list.is_object() || !list.contains("metadata") || !list.contains("items"))
    return invalid("the answer is no list of objects");
  return ListPage{resource_version_of(list), text_member(list.at("metadata"), "continue")};
}

}  // namespace spillway::kube
