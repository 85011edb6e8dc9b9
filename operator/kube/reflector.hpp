#pragma once
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "model/base/result.hpp"
#include "operator/io/clock.hpp"
#include "operator/io/scheduler.hpp"
#include "operator/kube/json.hpp"
#include "operator/kube/request.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::kube {

/// Receives what a list-and-watch finds. All calls come from the scheduler's thread. A list is a begin, items and an end; a
/// list that breaks starts over with another begin.
class ObjectSink {
 public:
  virtual ~ObjectSink() = default;
  virtual void begin_list() = 0;
  virtual void list_item(const ObjectKey& key, const std::string& resource_version, const Json& object) = 0;
  virtual void end_list() = 0;
  virtual void applied(const ObjectKey& key, const std::string& resource_version, const Json& object) = 0;
  virtual void deleted(const ObjectKey& key) = 0;
};

/// What became of a list-and-watch, for conditions and metrics.
struct ReflectorHealth {
  bool synced = false;         ///< one list has been completed since the start
  std::optional<Error> error;  ///< the last failure; gone as soon as a page or a stream succeeds
};

struct ReflectorOptions {
  std::uint64_t seed = 0;  ///< of jitter and of the server time-out (240-290 s)
  /// Every failure, for logs and spillway_watch_restarts_total; scheduler's thread. May be empty.
  std::function<void(const Selection&, const Error&)> on_failure;
};

/// Drives the watcher (watcher.hpp) against a server and hands objects to the sink, forever, until stopped.
class Reflector {
 public:
  Reflector(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, Selection selection,
            std::shared_ptr<ObjectSink> sink, ReflectorOptions options);
  ~Reflector();
  void start();
  /// No call to the sink once it returns. Not from within such a call.
  void stop();
  ReflectorHealth health() const;

 private:
  class Core;
  std::shared_ptr<Core> core_;
};

}  // namespace spillway::kube
