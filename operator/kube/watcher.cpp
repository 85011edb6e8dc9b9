#include "operator/kube/watcher.hpp"

#include <algorithm>
#include <utility>

namespace spillway::kube {
namespace {

using std::chrono::milliseconds;

WatcherStep ignore(WatcherState state) { return {std::move(state), std::monostate{}}; }

WatcherStep list_from_the_top(WatcherState state) {
  state.phase = WatcherPhase::kListing;
  state.continue_token.clear();
  return {std::move(state), RequestPage{{}, true}};
}

WatcherStep open_watch(WatcherState state) {
  state.phase = WatcherPhase::kWatching;
  state.heard = false;
  std::string version = state.resource_version;
  return {std::move(state), OpenWatch{std::move(version)}};
}

milliseconds jittered(milliseconds wait, double random) {
  return milliseconds(static_cast<std::int64_t>(wait.count() * (1.0 + random / 2)));
}

milliseconds next_wait(WatcherState& state, const Error& error, double random) {
  state.backoff = std::clamp(state.backoff * 2, kFirstBackoff, kLongestBackoff);
  const milliseconds asked(static_cast<std::int64_t>(error.retry_after_seconds.value_or(0.0) * 1000));
  return std::max(jittered(state.backoff, random), asked);
}

WatcherStep on_page(WatcherState state, const PageArrived& page) {
  if (state.phase != WatcherPhase::kListing) return ignore(std::move(state));
  if (!page.continue_token.empty()) {
    state.continue_token = page.continue_token;
    return {std::move(state), RequestPage{page.continue_token, false}};
  }
  state.phase = WatcherPhase::kWatching;
  state.heard = false;
  state.continue_token.clear();
  state.resource_version = page.resource_version;
  return {std::move(state), FinishListAndWatch{page.resource_version}};
}

WatcherStep on_event(WatcherState state, const EventArrived& event) {
  if (state.phase != WatcherPhase::kWatching) return ignore(std::move(state));
  state.backoff = milliseconds(0);
  state.heard = true;
  state.expired = false;
  if (!event.resource_version.empty()) state.resource_version = event.resource_version;
  return ignore(std::move(state));
}

WatcherStep on_failure(WatcherState state, const Error& error, double random) {
  if (state.phase != WatcherPhase::kListing && state.phase != WatcherPhase::kWatching) return ignore(std::move(state));
  const bool gone = error.kind == ErrorKind::kGone;
  if (gone || state.phase == WatcherPhase::kListing) state.resource_version.clear();
  if (gone && !std::exchange(state.expired, true)) return list_from_the_top(std::move(state));
  const milliseconds wait = next_wait(state, error, random);
  state.phase = WatcherPhase::kWaiting;
  return {std::move(state), Wait{wait}};
}

WatcherStep on_closed(WatcherState state, double random) {
  if (state.heard) return open_watch(std::move(state));
  // A server that closes streams before it has said anything must not be asked in a tight loop.
  state.phase = WatcherPhase::kWaiting;
  return {std::move(state), Wait{jittered(kFirstBackoff, random)}};
}

}  // namespace

WatcherStep step(WatcherState state, const WatcherInput& input, double random) {
  if (state.phase == WatcherPhase::kStopped) return ignore(std::move(state));
  if (std::holds_alternative<Stop>(input)) {
    state.phase = WatcherPhase::kStopped;
    return {std::move(state), Close{}};
  }
  if (const auto* page = std::get_if<PageArrived>(&input)) return on_page(std::move(state), *page);
  if (const auto* event = std::get_if<EventArrived>(&input)) return on_event(std::move(state), *event);
  if (const auto* failed = std::get_if<Failed>(&input)) return on_failure(std::move(state), failed->error, random);
  if (std::holds_alternative<StreamClosed>(input) && state.phase == WatcherPhase::kWatching)
    return on_closed(std::move(state), random);
  if (std::holds_alternative<Start>(input) && state.phase == WatcherPhase::kEmpty) return list_from_the_top(std::move(state));
  if (std::holds_alternative<TimerFired>(input) && state.phase == WatcherPhase::kWaiting)
    return state.resource_version.empty() ? list_from_the_top(std::move(state)) : open_watch(std::move(state));
  return ignore(std::move(state));
}

}  // namespace spillway::kube
