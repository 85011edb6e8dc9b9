#include "operator/kube/reflector.hpp"

#include <mutex>
#include <nlohmann/json.hpp>
#include <random>

#include "operator/kube/watch_decoder.hpp"
#include "operator/kube/watcher.hpp"

namespace spillway::kube {
namespace {

constexpr std::chrono::milliseconds kIdleMargin{5000};

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

ObjectKey key_of(const Json& object) {
  const Json& metadata = object.at("metadata");
  return {metadata.value("namespace", ""), metadata.value("name", "")};
}

}  // namespace

/// Everything happens in tasks on the scheduler's thread, under one mutex that stop() takes too. Each attempt (a page, a
/// stream, a wait) has a number; what still comes from an older one is ignored.
class Reflector::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, Selection selection,
       std::shared_ptr<ObjectSink> sink, ReflectorOptions options)
      : rest_(rest),
        clock_(clock),
        scheduler_(scheduler),
        selection_(std::move(selection)),
        sink_(std::move(sink)),
        options_(std::move(options)),
        random_(options_.seed) {}

  void start() {
    std::lock_guard lock(mutex_);
    feed(Start{});
  }

  void stop() {
    std::lock_guard lock(mutex_);
    feed(Stop{});
  }

  ReflectorHealth health() const {
    std::lock_guard lock(health_mutex_);
    return health_;
  }

 private:
  double random() { return std::uniform_real_distribution<double>(0.0, 1.0)(random_); }

  void feed(const WatcherInput& input) {
    auto next = step(std::move(state_), input, random());
    state_ = std::move(next.state);
    std::visit(Overloaded{[](std::monostate) {},
                          [this](const RequestPage& page) { request_page(page); },
                          [this](const FinishListAndWatch& watch) {
                            sink_->end_list();
                            set_synced();
                            open_stream(watch.resource_version);
                          },
                          [this](const OpenWatch& watch) { open_stream(watch.resource_version); },
                          [this](const Wait& wait) { start_timer(wait.duration); },
                          [this](const Close&) { close_stream(); }},
               next.output);
  }

  /// Does the action on the scheduler's thread, unless another attempt has begun by then.
  template <typename Action>
  void hand_over(std::uint64_t attempt, Action action, io::MonotonicTime when = io::MonotonicTime::min()) {
    scheduler_.run_at(when, [self = shared_from_this(), attempt, action = std::move(action)] {
      std::lock_guard lock(self->mutex_);
      if (self->attempt_ == attempt && self->state_.phase != WatcherPhase::kStopped) action();
    });
  }

  // --- list ---

  void request_page(const RequestPage& page) {
    ++attempt_;
    if (page.first) sink_->begin_list();
    rest_.send(list_request(selection_, page.continue_token),
               [self = shared_from_this(), attempt = attempt_](Result<std::string> body) {
                 self->hand_over(attempt, [self = self.get(), body = std::move(body)] { self->page_answered(body); });
               });
  }

  void page_answered(const Result<std::string>& body) {
    if (!body) return failed(body.error());
    auto page = decode_list(*body, [this](Json& item) {
      item["apiVersion"] = selection_.type.api_version();
      item["kind"] = selection_.type.kind;
      take(item, [this](const ObjectKey& key, const Json& object) { sink_->list_item(key, resource_version_of(object), object); });
    });
    if (!page) return failed(page.error());
    clear_error();
    feed(PageArrived{page->resource_version, page->continue_token});
  }

  /// Guards against objects that the view's parser cannot read: reported, and treated as if they were not there.
  template <typename Action>
  bool take(const Json& object, Action action) {
    ObjectKey key;
    try {
      key = key_of(object);
      action(key, object);
      return true;
    } catch (const Json::exception& error) {
      report({ErrorKind::kInvalid, selection_.type.kind + " " + key.to_string() + " cannot be read: " + error.what()});
      return false;
    }
  }

  // --- watch ---

  void open_stream(const std::string& resource_version) {
    ++attempt_;
    decoder_ = WatchDecoder();
    const std::chrono::seconds server_timeout(240 + static_cast<int>(50 * random()));
    const auto on = [self = shared_from_this(), attempt = attempt_](auto action) {
      self->hand_over(attempt, std::move(action));
    };
    stream_ = rest_.stream(watch_request(selection_, resource_version, server_timeout), server_timeout + kIdleMargin,
                           {[this, on] { on([this] { clear_error(); }); },
                            [this, on](std::string_view piece) {
                              on([this, piece = std::string(piece)] { stream_data(piece); });
                            },
                            [this, on](Status end) { on([this, end = std::move(end)] { stream_ended(end); }); }});
  }

  void stream_data(const std::string& piece) {
    auto decoded = decoder_.feed(piece, [this](WatchEventType type, const Json& object) { event(type, object); });
    if (!decoded) failed(decoded.error());
  }

  void event(WatchEventType type, const Json& object) {
    if (type == WatchEventType::kDeleted) {
      take(object, [this](const ObjectKey& key, const Json&) { sink_->deleted(key); });
    } else if (type != WatchEventType::kBookmark) {
      const bool readable = take(object, [this](const ObjectKey& key, const Json& changed) {
        sink_->applied(key, resource_version_of(changed), changed);
      });
      if (!readable) take(object, [this](const ObjectKey& key, const Json&) { sink_->deleted(key); });
    }
    feed(EventArrived{resource_version_of(object)});
  }

  void stream_ended(const Status& end) {
    if (!end) return failed(end.error());
    stream_.reset();
    feed(StreamClosed{});
  }

  void close_stream() {
    if (stream_) stream_->cancel();
    stream_.reset();
  }

  // --- failures ---

  void start_timer(std::chrono::milliseconds wait) {
    ++attempt_;
    hand_over(attempt_, [this] { feed(TimerFired{}); }, clock_.monotonic() + wait);
  }

  void failed(const Error& error) {
    close_stream();
    report(error);
    {
      std::lock_guard lock(health_mutex_);
      health_.error = error;
    }
    feed(Failed{error});
  }

  void report(const Error& error) {
    if (options_.on_failure) options_.on_failure(selection_, error);
  }

  void clear_error() {
    std::lock_guard lock(health_mutex_);
    health_.error.reset();
  }

  void set_synced() {
    std::lock_guard lock(health_mutex_);
    health_.synced = true;
  }

  RestClient& rest_;
  const io::Clock& clock_;
  io::Scheduler& scheduler_;
  const Selection selection_;
  const std::shared_ptr<ObjectSink> sink_;
  const ReflectorOptions options_;

  std::mutex mutex_;
  std::mt19937_64 random_;
  WatcherState state_;
  std::uint64_t attempt_ = 0;
  WatchDecoder decoder_;
  std::shared_ptr<RestClient::Stream> stream_;

  mutable std::mutex health_mutex_;
  ReflectorHealth health_;
};

Reflector::Reflector(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, Selection selection,
                     std::shared_ptr<ObjectSink> sink, ReflectorOptions options)
    : core_(std::make_shared<Core>(rest, clock, scheduler, std::move(selection), std::move(sink), std::move(options))) {}

Reflector::~Reflector() { core_->stop(); }
void Reflector::start() { core_->start(); }
void Reflector::stop() { core_->stop(); }
ReflectorHealth Reflector::health() const { return core_->health(); }

}  // namespace spillway::kube
