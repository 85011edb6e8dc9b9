#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "model/base/result.hpp"

namespace spillway::kube {

// The list-and-watch protocol as a state machine: one pure step function, no I/O, time only as durations to wait.
//
//   kEmpty --Start--> kListing --last page--> kWatching --Stop (from anywhere)--> kStopped
//                      | ^  ^                  |  ^ |
//                      | |  +----- 410 --------+  | +-- server closed the stream: open it again from the last version
//                      | |                     |  |
//              failure | | timer,      failure |  | timer, a version is known: resume
//                      | | no version          |  |
//                      v |                     v  |
//                     kWaiting <---------------+--+
//
// kEmpty knows nothing; kListing has a page under way (500 objects, page after page); kWatching has a stream open; kWaiting
// lets time pass. 410 Gone, as HTTP status or as ERROR event, forgets the version: everything is listed again, at once (also
// after a long outage, which is when it happens) unless the last list led to nothing but another 410. Waits are 0.8 s, doubled up to 30 s until an event arrives, jittered, and never shorter than the
// server's Retry-After.

enum class WatcherPhase { kEmpty, kListing, kWatching, kWaiting, kStopped };

struct WatcherState {
  WatcherPhase phase = WatcherPhase::kEmpty;
  std::string resource_version;    ///< last one seen; empty = must list
  std::string continue_token;      ///< of the list under way
  std::chrono::milliseconds backoff{0};  ///< last one waited; 0 after an event
  bool heard = false;                    ///< the open stream has brought an event
  bool expired = false;                  ///< a 410 came since the last event

  bool operator==(const WatcherState&) const = default;
};

// What may happen to a watcher.
struct Start {};
struct PageArrived { std::string resource_version, continue_token; };  ///< continue_token empty = last page
struct EventArrived { std::string resource_version; };                 ///< also a bookmark
struct StreamClosed {};                                                ///< by the server, in good order
struct Failed { Error error; };                                        ///< a page, or the stream
struct TimerFired {};
struct Stop {};
using WatcherInput = std::variant<Start, PageArrived, EventArrived, StreamClosed, Failed, TimerFired, Stop>;

// What is to be done then; at most one thing at a time.
struct RequestPage { std::string continue_token; bool first = true; };  ///< first: start a new list, drop a half-done one
struct FinishListAndWatch { std::string resource_version; };            ///< swap the store, then open the stream
struct OpenWatch { std::string resource_version; };
struct Wait { std::chrono::milliseconds duration; };
struct Close {};                                                        ///< cancel what is under way
using WatcherOutput = std::variant<std::monostate, RequestPage, FinishListAndWatch, OpenWatch, Wait, Close>;

struct WatcherStep {
  WatcherState state;
  WatcherOutput output;
};

inline constexpr std::chrono::milliseconds kFirstBackoff{800};
inline constexpr std::chrono::milliseconds kLongestBackoff{30000};

/// `random` is uniform in [0, 1) and spreads the waits over [1, 1.5) times the back-off.
WatcherStep step(WatcherState state, const WatcherInput& input, double random);

}  // namespace spillway::kube
