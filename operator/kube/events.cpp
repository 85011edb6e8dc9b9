#include "operator/kube/events.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "operator/kube/rate_limiter.hpp"
#include "operator/kube/request.hpp"
#include "operator/kube/timestamp.hpp"

namespace spillway::kube {
namespace {

constexpr std::size_t kLongestNote = 1024;
constexpr std::size_t kLongestObjectName = 230;  // leaves room for the suffix within a name's 253

/// Cut at a character, not inside one.
std::string cut(const std::string& text, std::size_t longest) {
  if (text.size() <= longest) return text;
  std::size_t end = longest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

const char* to_string(EventType type) { return type == EventType::kNormal ? "Normal" : "Warning"; }

std::string object_key(const ObjectReference& object) {
  return object.kind + "/" + object.ns + "/" + object.name + "/" + object.uid;
}

std::string event_key(const Event& event) {
  return object_key(event.regarding) + "\n" + to_string(event.type) + "\n" + event.reason + "\n" + event.action + "\n" +
         (event.dedupe_key.empty() ? event.note : event.dedupe_key);
}

std::string dumped(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace

class EventRecorder::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, EventRecorderOptions options)
      : rest_(rest), clock_(clock), scheduler_(scheduler), options_(std::move(options)) {}

  void close() {
    std::lock_guard gate(sending_);
    closed_ = true;
  }

  void record(const Event& event) {
    std::lock_guard lock(mutex_);
    const auto now = clock_.monotonic();
    forget_old(now);
    const std::string key = event_key(event);
    if (auto known = series_.find(key); known != series_.end()) return count(key, known->second, now);
    auto& object = objects_.try_emplace(object_key(event.regarding), options_).first->second;
    object.last_seen = now;
    if (object.bucket.try_take(now)) create(key, event, now);
  }

 private:
  struct Series {
    ObjectKey name;
    int count = 1;
    io::MonotonicTime last_seen{};
    io::WallTime last_observed{};
    bool created = false;        ///< the server has it
    bool write_planned = false;
  };
  struct Object {
    explicit Object(const EventRecorderOptions& options) : bucket(options.per_second_and_object, options.burst_per_object) {}
    TokenBucket bucket;
    io::MonotonicTime last_seen{};
  };

  void forget_old(io::MonotonicTime now) {
    const auto old = [&](const auto& entry) { return now - entry.second.last_seen > options_.same_event; };
    std::erase_if(series_, old);
    std::erase_if(objects_, old);
  }

  void create(const std::string& key, const Event& event, io::MonotonicTime now) {
    const auto wall = clock_.wall();
    char suffix[32];
    const auto stamp = static_cast<unsigned long long>(wall.time_since_epoch().count()) + ++created_;
    std::snprintf(suffix, sizeof suffix, ".%016llx", stamp);
    Series series;
    series.name = {event.regarding.ns.empty() ? "default" : event.regarding.ns,
                   event.regarding.name.substr(0, kLongestObjectName) + suffix};
    series.last_seen = now;
    series.last_observed = wall;
    auto request = create_request(kEvents, series.name.ns, dumped(object_for(event, series)));
    series_.emplace(key, std::move(series));
    send(key, std::move(request));
  }

  Json object_for(const Event& event, const Series& series) const {
    const auto& regarding = event.regarding;
    Json about{{"apiVersion", regarding.api_version}, {"kind", regarding.kind}, {"name", regarding.name}};
    if (!regarding.ns.empty()) about["namespace"] = regarding.ns;
    if (!regarding.uid.empty()) about["uid"] = regarding.uid;
    return {{"apiVersion", "events.k8s.io/v1"},
            {"kind", "Event"},
            {"metadata", {{"namespace", series.name.ns}, {"name", series.name.name}}},
            {"eventTime", format_micro_time(series.last_observed)},
            {"reportingController", options_.controller},
            {"reportingInstance", cut(options_.instance, 128)},
            {"type", to_string(event.type)},
            {"reason", cut(event.reason, 128)},
            {"action", cut(event.action, 128)},
            {"note", cut(event.note, kLongestNote)},
            {"regarding", about}};
  }

  void count(const std::string& key, Series& series, io::MonotonicTime now) {
    ++series.count;
    series.last_seen = now;
    series.last_observed = clock_.wall();
    if (std::exchange(series.write_planned, true)) return;
    scheduler_.run_at(now + options_.series_period, [weak = weak_from_this(), key] {
      if (auto self = weak.lock()) self->write_series(key);
    });
  }

  void write_series(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto found = series_.find(key);
    if (found == series_.end()) return;
    Series& series = found->second;
    series.write_planned = false;
    if (!series.created) return;
    const Json patch{{"series", {{"count", series.count}, {"lastObservedTime", format_micro_time(series.last_observed)}}}};
    send(key, patch_request(kEvents, series.name, PatchType::kMergePatch, dumped(patch), {}));
  }

  /// Under the mutex. An event that could not be written, or that the server has dropped, is forgotten: the next time it
  /// happens it is a new one.
  void send(const std::string& key, ApiRequest request) {
    scheduler_.run([weak = weak_from_this(), key, request = std::move(request)] {
      if (auto self = weak.lock()) self->send_now(key, request);
    });
  }

  void send_now(const std::string& key, const ApiRequest& request) {
    std::lock_guard gate(sending_);  // the client may be gone once close() has returned
    if (closed_) return;
    rest_.send(request, [weak = weak_from_this(), key](Result<std::string> answer) {
      if (auto self = weak.lock()) self->answered(key, answer);
    });
  }

  void answered(const std::string& key, const Result<std::string>& answer) {
    {
      std::lock_guard lock(mutex_);
      const auto found = series_.find(key);
      if (found != series_.end() && answer) found->second.created = true;
      if (found != series_.end() && !answer) series_.erase(found);
    }
    if (!answer && options_.on_failure) options_.on_failure(answer.error());
  }

  RestClient& rest_;
  const io::Clock& clock_;
  io::Scheduler& scheduler_;
  const EventRecorderOptions options_;
  std::mutex mutex_;
  std::map<std::string, Series> series_;
  std::map<std::string, Object> objects_;
  unsigned long long created_ = 0;
  std::mutex sending_;
  bool closed_ = false;
};

Result<std::vector<PastEvent>> events_about(Client& client, const ObjectKey& object, const std::string& kind) {
  const auto found = client.list({kEvents, object.ns, "", "regarding.kind=" + kind + ",regarding.name=" + object.name});
  if (!found) return found.error();
  const auto text = [](const Json& in, const char* field) {
    const auto value = in.find(field);
    return value != in.end() && value->is_string() ? value->get<std::string>() : std::string();
  };
  std::vector<PastEvent> events;
  for (const Json& event : *found) {
    const auto series = event.find("series");
    const bool repeated = series != event.end() && series->is_object();
    events.push_back({repeated ? text(*series, "lastObservedTime") : text(event, "eventTime"), text(event, "reason"), text(event, "note")});
  }
  std::stable_sort(events.begin(), events.end(), [](const PastEvent& a, const PastEvent& b) { return a.time < b.time; });
  return events;
}

EventRecorder::EventRecorder(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, EventRecorderOptions options)
    : core_(std::make_shared<Core>(rest, clock, scheduler, std::move(options))) {}

EventRecorder::~EventRecorder() { core_->close(); }

void EventRecorder::record(const Event& event) { core_->record(event); }

}  // namespace spillway::kube
