#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "operator/kube/status_decoder.hpp"
#include "operator/kube/timestamp.hpp"
#include "operator/kube/watch_decoder.hpp"
#include "operator/kube/watcher.hpp"

namespace spillway::kube {
namespace {

RC_GTEST_PROP(WatchDecoderProperty, TheCutsBetweenChunksDoNotMatter, (std::vector<std::string> names, std::vector<unsigned> cuts)) {
  std::string all;
  for (auto& name : names) {
    std::erase_if(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });  // JSON text is UTF-8
    all += Json{{"type", "MODIFIED"}, {"object", {{"metadata", {{"name", name}}}}}}.dump() + "\n";
  }
  std::vector<std::string> seen;
  WatchDecoder decoder;
  const auto feed = [&](std::string_view piece) {
    RC_ASSERT(decoder.feed(piece, [&](WatchEventType, const Json& object) { seen.push_back(object["metadata"]["name"]); }).has_value());
  };
  std::string_view rest = all;
  for (const unsigned cut : cuts) {
    const std::size_t size = rest.empty() ? 0 : cut % (rest.size() + 1);
    feed(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  feed(rest);
  RC_ASSERT(seen == names);
}

RC_GTEST_PROP(WatchDecoderProperty, AnyBytesAreDecodedOrRefusedButNeverThrow, (std::string bytes)) {
  WatchDecoder decoder;
  (void)decoder.feed(bytes + "\n", [](WatchEventType, const Json&) {}).has_value();
  (void)decode_list(bytes, [](Json&) {}).has_value();
  (void)decode_status(500, bytes, &bytes);
}

RC_GTEST_PROP(TimestampProperty, MicrosecondsSurviveTheRoundTrip, ()) {
  const auto micros = *rc::gen::inRange<std::int64_t>(-2208988800000000, 4102444800000000);  // 1900 to 2100
  const io::WallTime time{std::chrono::microseconds(micros)};
  RC_ASSERT(parse_time(format_micro_time(time)).value() == time);
  RC_ASSERT(parse_time(format_time(time)).value() == std::chrono::floor<std::chrono::seconds>(time));
}

WatcherInput any_input(const std::string& version) {
  switch (*rc::gen::inRange(0, 7)) {
    case 0: return Start{};
    case 1: return PageArrived{version, ""};
    case 2: return PageArrived{version, "more"};
    case 3: return EventArrived{version};
    case 4: return StreamClosed{};
    case 5: return Failed{{*rc::gen::element(ErrorKind::kGone, ErrorKind::kTransient, ErrorKind::kForbidden), "x"}};
    default: return TimerFired{};
  }
}

/// Whatever happens in whatever order: a watch is only ever opened with a known version, waits stay within their bounds, and
/// one more push (page, timer) always leads on: the machine never gets stuck.
RC_GTEST_PROP(WatcherProperty, NeverWatchesFromNothingAndNeverGetsStuck, ()) {
  WatcherState state;
  const int steps = *rc::gen::inRange(1, 60);
  for (int i = 0; i < steps; ++i) {
    const auto next = step(state, any_input(std::to_string(i + 1)), *rc::gen::inRange(0, 1000) / 1000.0);
    state = next.state;
    if (const auto* watch = std::get_if<OpenWatch>(&next.output)) RC_ASSERT(!watch->resource_version.empty());
    if (const auto* wait = std::get_if<Wait>(&next.output)) {
      RC_ASSERT(wait->duration >= kFirstBackoff);
      RC_ASSERT(wait->duration <= kLongestBackoff * 3 / 2);
      RC_ASSERT(state.phase == WatcherPhase::kWaiting);
    }
  }
  if (state.phase == WatcherPhase::kEmpty) state = step(state, Start{}, 0).state;
  if (state.phase == WatcherPhase::kWaiting) state = step(state, TimerFired{}, 0).state;
  if (state.phase == WatcherPhase::kListing) state = step(state, PageArrived{"99", ""}, 0).state;
  RC_ASSERT(state.phase == WatcherPhase::kWatching);
}

}  // namespace
}  // namespace spillway::kube
