#include "operator/insight/journal.hpp"

#include <atomic>
#include <nlohmann/json.hpp>

#include "operator/insight/journal_json.hpp"
#include "operator/telemetry/log.hpp"

namespace spillway::insight {
namespace {

using kube::Json;

constexpr std::chrono::seconds kPause{2};
constexpr std::chrono::seconds kPauseAfterFailure{10};
constexpr std::size_t kLarge = 100 * 1024;  ///< bytes from which writes are rarer
constexpr std::chrono::seconds kPauseWhenLarge{10};
constexpr const char* kFieldManager = "spillway-journal";

JournalText text_of(const std::string& body) {
  JournalText text;
  const Json object = Json::parse(body, nullptr, false);
  if (!object.is_object() || !object.contains("data") || !object["data"].is_object()) return text;
  const auto read = [&](const char* key) { return object["data"].contains(key) && object["data"][key].is_string() ? object["data"][key].get<std::string>() : std::string(); };
  return {read("incidents"), read("audit")};
}

}  // namespace

/// Outlives the Journal while a request is under way.
struct Journal::Core {
  enum class Stage { kUnread, kReading, kIdle, kWriting };

  Core(kube::RestClient& rest_in, ReadModel& model_in, const io::Clock& clock_in, JournalPlace place_in)
      : rest(rest_in), model(&model_in), clock(clock_in), place(std::move(place_in)) {}

  kube::RestClient& rest;
  std::mutex mutex;
  ReadModel* model;  ///< null once the Journal is gone
  const io::Clock& clock;
  JournalPlace place;
  Stage stage = Stage::kUnread;
  unsigned long written = 0;  ///< version of the model that the server has
  io::MonotonicTime next{};

  void pause(std::chrono::seconds time) { next = clock.monotonic() + time; }

  void read_done(const Result<std::string>& body) {
    std::lock_guard lock(mutex);
    if (!model) return;
    if (!body && body.error().kind != ErrorKind::kNotFound) {
      telemetry::log_warn("the journal of incidents could not be read", {{"configMap", place.config_map.to_string()}, {"error", body.error().message}});
      stage = Stage::kUnread;
      return pause(kPauseAfterFailure);
    }
    if (body) model->restore(from_text(text_of(*body)), io::to_seconds(clock.wall()).value());
    stage = Stage::kIdle;
  }

  void write_done(const Result<std::string>& body, unsigned long version, std::size_t bytes) {
    std::lock_guard lock(mutex);
    stage = Stage::kIdle;
    if (body) {
      written = version;
      return pause(bytes > kLarge ? kPauseWhenLarge : kPause);
    }
    telemetry::log_warn("the journal of incidents could not be written", {{"configMap", place.config_map.to_string()}, {"error", body.error().message}});
    pause(kPauseAfterFailure);
  }
};

Journal::Journal(kube::RestClient& rest, ReadModel& model, const io::Clock& clock, JournalPlace place)
    : core_(std::make_shared<Core>(rest, model, clock, std::move(place))) {}

Journal::~Journal() {
  std::lock_guard lock(core_->mutex);
  core_->model = nullptr;
}

void Journal::tick() {
  using Stage = Core::Stage;
  std::unique_lock lock(core_->mutex);
  if (!core_->place.leading()) {
    if (core_->stage == Stage::kIdle) core_->stage = Stage::kUnread;  // somebody else writes it now
    return;
  }
  if (core_->clock.monotonic() < core_->next) return;
  if (core_->stage == Stage::kUnread) {
    core_->stage = Stage::kReading;
    lock.unlock();
    return core_->rest.send(kube::get_request(kube::kConfigMaps, core_->place.config_map), [core = core_](const Result<std::string>& body) { core->read_done(body); });
  }
  const unsigned long version = core_->model->version();
  if (core_->stage != Stage::kIdle || version == core_->written) return;
  core_->stage = Stage::kWriting;
  const JournalText text = to_text(core_->model->keepsakes(core_->place.mine));
  lock.unlock();
  const Json object = {{"apiVersion", "v1"},
                       {"kind", "ConfigMap"},
                       {"metadata", {{"name", core_->place.config_map.name}, {"namespace", core_->place.config_map.ns}, {"labels", {{"app.kubernetes.io/managed-by", "spillway"}}}}},
                       {"data", {{"incidents", text.incidents}, {"audit", text.audit}}}};
  const std::size_t bytes = text.incidents.size() + text.audit.size();
  core_->rest.send(kube::apply_request(kube::kConfigMaps, core_->place.config_map, object.dump(), kFieldManager, true),
                   [core = core_, version, bytes](const Result<std::string>& body) { core->write_done(body, version, bytes); });
}

}  // namespace spillway::insight
