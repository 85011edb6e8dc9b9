#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <typeindex>
#include <vector>

#include "operator/kube/reflector.hpp"
#include "operator/kube/store.hpp"

namespace spillway::kube {

enum class ChangeType { kAdded, kUpdated, kDeleted };

/// What happened to one object. `after` is null for kDeleted, `before` for kAdded.
template <typename T>
struct Change {
  ChangeType type;
  ObjectKey key;
  std::shared_ptr<const T> before;
  std::shared_ptr<const T> after;
};

/// What to watch and how to make it small: `parse` turns the server's JSON into the struct that is kept. It may throw
/// nlohmann exceptions: such an object is treated as absent and counted as a failure.
template <typename T>
struct InformerSpec {
  Selection selection;
  T (*parse)(const Json&) = nullptr;
};

/// Started, stopped and asked without knowing the type of the objects.
class AnyInformer {
 public:
  virtual ~AnyInformer() = default;
  virtual void start() = 0;
  virtual void stop() = 0;
  virtual ReflectorHealth health() const = 0;
  virtual const Selection& selection() const = 0;
  bool synced() const { return health().synced; }
};

/// Keeps a local copy of a selection of objects up to date and tells handlers about changes. Handlers run on the scheduler's
/// thread: they put keys into work queues and do nothing else. Level, not edge: changes between two lists arrive as one.
template <typename T>
class Informer final : public AnyInformer {
 public:
  using Handler = std::function<void(const Change<T>&)>;

  Informer(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, InformerSpec<T> spec, ReflectorOptions options)
      : selection_(spec.selection),
        sink_(std::make_shared<Sink>(spec.parse)),
        reflector_(rest, clock, scheduler, spec.selection, sink_, std::move(options)) {}

  void start() override { reflector_.start(); }
  void stop() override { reflector_.stop(); }
  ReflectorHealth health() const override { return reflector_.health(); }
  const Selection& selection() const override { return selection_; }

  /// The lister.
  const Store<T>& store() const { return sink_->store; }

  /// From now on; what is in the store already is told first, as kAdded, on the calling thread.
  void add_handler(Handler handler) { sink_->add_handler(std::move(handler)); }

 private:
  struct Sink final : ObjectSink {
    explicit Sink(T (*parse_function)(const Json&)) : parse(parse_function) {}

    void begin_list() override { listed.clear(); }
    void list_item(const ObjectKey& key, const std::string&, const Json& object) override {
      listed[key] = std::make_shared<const T>(parse(object));
    }
    void end_list() override {
      std::lock_guard lock(handlers_mutex);
      auto before = store.swap(std::exchange(listed, {}));
      for (const auto& [key, after] : store.snapshot()) {
        auto old = before.extract(key);
        tell({old ? ChangeType::kUpdated : ChangeType::kAdded, key, old ? old.mapped() : nullptr, after});
      }
      for (const auto& [key, vanished] : before) tell({ChangeType::kDeleted, key, vanished, nullptr});
    }
    void applied(const ObjectKey& key, const std::string&, const Json& object) override {
      auto after = std::make_shared<const T>(parse(object));
      std::lock_guard lock(handlers_mutex);
      auto before = store.put(key, after);
      tell({before ? ChangeType::kUpdated : ChangeType::kAdded, key, before, after});
    }
    void deleted(const ObjectKey& key) override {
      std::lock_guard lock(handlers_mutex);
      if (auto before = store.erase(key)) tell({ChangeType::kDeleted, key, before, nullptr});
    }
    void add_handler(Handler handler) {
      std::lock_guard lock(handlers_mutex);
      for (const auto& [key, object] : store.snapshot()) handler({ChangeType::kAdded, key, nullptr, object});
      handlers.push_back(std::move(handler));
    }
    void tell(const Change<T>& change) {
      for (const auto& handler : handlers) handler(change);
    }

    T (*parse)(const Json&);
    Store<T> store;
    typename Store<T>::Map listed;
    std::mutex handlers_mutex;  ///< one change at a time, so that a late handler misses none
    std::vector<Handler> handlers;
  };

  Selection selection_;
  std::shared_ptr<Sink> sink_;
  Reflector reflector_;
};

/// The informers of a process, one per selection and type: whoever asks for the same one shares it.
class InformerSet {
 public:
  InformerSet(RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, ReflectorOptions options)
      : rest_(rest), clock_(clock), scheduler_(scheduler), options_(std::move(options)) {}
  ~InformerSet() { stop(); }

  /// Made on first use; started with the set, or at once if the set runs already. References stay valid as long as the set.
  template <typename T>
  Informer<T>& get(const InformerSpec<T>& spec) {
    std::lock_guard lock(mutex_);
    auto& slot = informers_[{std::type_index(typeid(T)), spec.selection.type, spec.selection.ns,
                             spec.selection.label_selector, spec.selection.field_selector}];
    if (!slot) {
      auto options = options_;
      options.seed += informers_.size();
      slot = std::make_unique<Informer<T>>(rest_, clock_, scheduler_, spec, std::move(options));
      if (running_) slot->start();
    }
    return static_cast<Informer<T>&>(*slot);
  }

  void start();
  void stop();
  /// All that exist have listed once.
  bool synced() const;
  /// The selections that fail now, with their errors: a missing permission shows here.
  std::vector<std::pair<Selection, Error>> failures() const;

 private:
  using Key = std::tuple<std::type_index, ResourceType, std::string, std::string, std::string>;

  RestClient& rest_;
  const io::Clock& clock_;
  io::Scheduler& scheduler_;
  ReflectorOptions options_;
  mutable std::mutex mutex_;
  bool running_ = false;
  std::map<Key, std::unique_ptr<AnyInformer>> informers_;
};

}  // namespace spillway::kube
