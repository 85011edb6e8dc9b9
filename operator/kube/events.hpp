#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "operator/io/clock.hpp"
#include "operator/io/scheduler.hpp"
#include "operator/kube/client.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::kube {

struct ObjectReference {
  std::string api_version;
  std::string kind;
  std::string ns;
  std::string name;
  std::string uid;
};

enum class EventType { kNormal, kWarning };

/// Something that happened to an object, for people (events.k8s.io/v1).
struct Event {
  ObjectReference regarding;
  EventType type = EventType::kNormal;
  std::string reason;  ///< CamelCase, one of few
  std::string action;  ///< CamelCase: what was done or attempted
  std::string note;    ///< cut at 1 kB
  /// Events of one object, type, reason, action and key are the same event again. Empty = the note.
  std::string dedupe_key;
};

/// An Event as it is read back.
struct PastEvent {
  std::string time;  ///< RFC 3339, of its last occurrence
  std::string reason;
  std::string note;
};

/// The Events about an object that the API server still has (an hour by default), oldest first.
Result<std::vector<PastEvent>> events_about(Client& client, const ObjectKey& object, const std::string& kind);

struct EventRecorderOptions {
  std::string controller = "spillway.dev/operator";  ///< reportingController, a qualified name
  std::string instance;                              ///< reportingInstance, the pod's name
  std::chrono::seconds same_event{600};              ///< a repeat within this long counts into the series of the first
  std::chrono::milliseconds series_period{30000};    ///< a series is written at most this often
  double burst_per_object = 25;
  double per_second_and_object = 0.1;
  std::function<void(const Error&)> on_failure;      ///< scheduler's or transport's thread; may be empty
};

/// Writes Events without waiting for them and without ever failing its caller. Repeats are counted in a series instead of
/// written again; an object that has too many different events loses the surplus. Thread-safe.
class EventRecorder {
 public:
  EventRecorder(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, EventRecorderOptions options);
  ~EventRecorder();
  void record(const Event& event);

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace spillway::kube
