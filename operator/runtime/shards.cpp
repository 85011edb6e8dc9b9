#include "operator/runtime/shards.hpp"

#include <cstdio>
#include <deque>
#include <map>
#include <mutex>

#include "operator/kube/informer.hpp"
#include "operator/kube/lease.hpp"
#include "operator/kube/request.hpp"
#include "operator/runtime/shard_plan.hpp"
#include "operator/telemetry/log.hpp"

namespace spillway::runtime {
namespace {

using std::chrono::milliseconds;

/// How long a member that has gone keeps its Lease object, which then only takes up room.
constexpr std::chrono::minutes kForgetMember{1};

std::string hexadecimal(std::uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(number));
  return text;
}

}  // namespace

class Shards::Core : public std::enable_shared_from_this<Core> {
 public:
  Core(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, ShardOptions options)
      : rest_(rest),
        clock_(clock),
        scheduler_(scheduler),
        options_(std::move(options)),
        base_(options_.lease.name),
        shards_(static_cast<std::size_t>(options_.count)),
        informer_(rest, clock, scheduler, {{kube::kLeases, options_.lease.ns, {}, {}}, kube::lease_record}, watch_options()) {}

  /// Apart from the constructor, since callbacks hold the Core weakly.
  void make_electors() {
    for (int shard = 0; shard < options_.count; ++shard) {
      LeaderElectionOptions lease = lease_options(lease_name(shard));
      lease.wanted = false;
      lease.idle = [this, shard] { return at(shard).running == 0; };
      lease.on_started_leading = [weak = weak_from_this()] { if (auto self = weak.lock()) self->look(); };
      lease.on_stopped_leading = [weak = weak_from_this(), shard] { if (auto self = weak.lock()) self->dropped(shard); };
      at(shard).elector = std::make_unique<LeaderElector>(rest_, clock_, scheduler_, std::move(lease));
    }
    if (options_.count > 1) {
      const std::string name = member_prefix() + hexadecimal(stable_hash(options_.lease.identity));
      member_ = std::make_unique<LeaderElector>(rest_, clock_, scheduler_, lease_options(name));
    }
  }

  void start() {
    for (auto& shard : shards_) shard.elector->start();
    if (member_) member_->start();
    informer_.add_handler([weak = weak_from_this()](const kube::Change<kube::LeaseRecord>& change) {
      if (auto self = weak.lock()) self->on_change(change);
    });
    informer_.start();
    scheduler_.run([weak = weak_from_this()] { if (auto self = weak.lock()) self->look(); });
  }

  void stop() {
    {
      std::lock_guard lock(mutex_);
      if (std::exchange(stopping_, true)) return;
    }
    for (auto& shard : shards_) shard.elector->want(false);  // all at once, then wait for each
    for (auto& shard : shards_) shard.elector->stop();
    if (member_) member_->stop();
    informer_.stop();
  }

  int count() const { return options_.count; }
  int shard_of(const kube::ObjectKey& key) const {
    return static_cast<int>(stable_hash(key.to_string()) % shards_.size());
  }
  std::string lease_name(int shard) const {
    if (options_.count == 1) return base_;
    return base_ + "-shard-" + std::to_string(shard) + "-of-" + std::to_string(options_.count);
  }
  bool owns(int shard) const { return at(shard).confirmed && at(shard).elector->leading(); }
  bool owns_any() const {
    for (int shard = 0; shard < options_.count; ++shard) if (owns(shard)) return true;
    return false;
  }
  std::string leader_address() const { return options_.count == 1 ? at(0).elector->leader_address() : std::string(); }
  Standing standing(int shard) const {
    if (owns(shard)) return Standing::kOurs;
    const std::string leader = at(shard).elector->leader();
    return leader.empty() || leader == options_.lease.identity ? Standing::kUnknown : Standing::kOthers;
  }
  std::atomic<int>& running(int shard) { return at(shard).running; }

 private:
  struct Shard {
    std::unique_ptr<LeaderElector> elector;
    std::atomic<bool> confirmed = false;  ///< the Lease that we hold counts
    std::atomic<int> running = 0;         ///< reconciles under way
  };
  struct Seen {
    kube::LeaseRecord record;
    io::MonotonicTime at;  ///< when it became so, on our own clock
  };

  Shard& at(int shard) { return shards_[static_cast<std::size_t>(shard)]; }
  const Shard& at(int shard) const { return shards_[static_cast<std::size_t>(shard)]; }
  /// Of those who divide objects as we do.
  std::string member_prefix() const { return base_ + "-member-of-" + std::to_string(options_.count) + "-"; }

  kube::ReflectorOptions watch_options() const {
    kube::ReflectorOptions options;
    options.seed = options_.lease.seed;
    options.on_failure = [](const kube::Selection&, const Error& error) {
      telemetry::log_warn("the Leases cannot be watched", {{"error", error.message}});
    };
    return options;
  }

  LeaderElectionOptions lease_options(const std::string& name) const {
    LeaderElectionOptions lease = options_.lease;
    lease.name = name;
    lease.seed += stable_hash(name);
    lease.on_started_leading = lease.on_stopped_leading = nullptr;
    lease.on_new_leader = nullptr;
    return lease;
  }

  // --- what happens: on the scheduler's thread ---

  void on_change(const kube::Change<kube::LeaseRecord>& change) {
    const std::string& name = change.key.name;
    if (!name.starts_with(base_)) return;
    {
      std::lock_guard lock(mutex_);
      if (change.type == kube::ChangeType::kDeleted) {
        seen_.erase(name);
      } else if (auto& seen = seen_[name]; !(seen.record == *change.after)) {
        seen = {*change.after, clock_.monotonic()};
      }
    }
    look();
    const bool freed = change.type == kube::ChangeType::kDeleted || change.after->holder.empty();
    for (int shard = 0; freed && shard < options_.count; ++shard) {
      if (name == lease_name(shard)) at(shard).elector->nudge();
    }
  }

  /// Compares what is with what should be, and sets the electors to it. Called after every change and as time passes.
  void look() {
    std::vector<bool> wanted;
    std::vector<int> taken;
    {
      std::lock_guard lock(mutex_);
      if (stopping_) return;
      wanted = plan(taken);
      scheduler_.cancel(next_look_);
      next_look_ = scheduler_.run_at(clock_.monotonic() + options_.lease.retry_period, [weak = weak_from_this()] {
        if (auto self = weak.lock()) self->look();
      });
    }
    for (int shard = 0; shard < options_.count; ++shard) at(shard).elector->want(wanted[static_cast<std::size_t>(shard)]);
    for (const int shard : taken) {
      if (options_.on_change) options_.on_change(shard, true);
    }
  }

  void dropped(int shard) {
    if (at(shard).confirmed.exchange(false) && options_.on_change) options_.on_change(shard, false);
  }

  // --- what should be; with the mutex held ---

  /// Also confirms Leases that count now; those are `taken`.
  std::vector<bool> plan(std::vector<int>& taken) {
    // Until the Leases are known nobody knows who else works here.
    if (!informer_.synced()) return std::vector<bool>(shards_.size(), false);
    ShardView view;
    view.self = options_.lease.identity;
    for (int shard = 0; shard < options_.count; ++shard) view.holders.push_back(holder(lease_name(shard)));
    view.members = members();
    std::vector<bool> wanted = options_.count == 1 ? std::vector<bool>{true} : wanted_shards(view);
    const bool divided_otherwise = is_divided_otherwise();
    for (int shard = 0; shard < options_.count; ++shard) {
      const auto index = static_cast<std::size_t>(shard);
      if (at(shard).confirmed) continue;
      if (divided_otherwise) {
        wanted[index] = false;
      } else if (wanted[index] && is_seen_as_ours(shard) && !at(shard).confirmed.exchange(true)) {
        taken.push_back(shard);
      }
    }
    forget_members(view.members);
    return wanted;
  }

  bool is_alive(const Seen& seen) const {
    return !seen.record.holder.empty() && clock_.monotonic() < seen.at + std::chrono::seconds(seen.record.duration_seconds);
  }
  std::string holder(const std::string& name) const {
    const auto seen = seen_.find(name);
    return seen != seen_.end() && is_alive(seen->second) ? seen->second.record.holder : std::string();
  }
  std::vector<std::string> members() const {
    std::vector<std::string> found;
    for (const auto& [name, seen] : seen_) {
      if (name.starts_with(member_prefix()) && is_alive(seen)) found.push_back(seen.record.holder);
    }
    return found;
  }

  /// The watch has shown the very write with which the elector's leading began, or a later one. It shows writes in their order,
  /// so it has shown every Lease that was taken before.
  bool is_seen_as_ours(int shard) const {
    const std::string since = at(shard).elector->leading_since();
    const auto seen = seen_.find(lease_name(shard));
    return !since.empty() && seen != seen_.end() && seen->second.record.holder == options_.lease.identity &&
           seen->second.record.renew_time >= since;
  }

  /// Somebody holds a Lease of another number of shards.
  bool is_divided_otherwise() const {
    const std::string beginning = base_ + "-shard-";
    const std::string ending = "-of-" + std::to_string(options_.count);
    for (const auto& [name, seen] : seen_) {
      const bool is_shard = name == base_ || name.starts_with(beginning);
      const bool is_ours = options_.count == 1 ? name == base_ : name.starts_with(beginning) && name.ends_with(ending);
      if (is_shard && !is_ours && is_alive(seen)) return true;
    }
    return false;
  }

  /// The first of the living members removes what dead ones left.
  void forget_members(const std::vector<std::string>& living) {
    if (living.empty() || living.front() != options_.lease.identity) return;
    for (auto& [name, seen] : seen_) {
      const auto gone = seen.at + std::chrono::seconds(seen.record.duration_seconds) + kForgetMember;
      if (!name.starts_with(member_prefix()) || is_alive(seen) || clock_.monotonic() < gone) continue;
      seen.at = clock_.monotonic();  // not again for a while
      rest_.send(kube::delete_request(kube::kLeases, {options_.lease.ns, name}), [](const Result<std::string>&) {});
    }
  }

  kube::RestClient& rest_;
  const io::Clock& clock_;
  io::Scheduler& scheduler_;
  const ShardOptions options_;
  const std::string base_;
  std::deque<Shard> shards_;
  std::unique_ptr<LeaderElector> member_;
  std::mutex mutex_;
  std::map<std::string, Seen> seen_;  ///< Leases by name
  io::Scheduler::TaskId next_look_ = 0;
  bool stopping_ = false;
  kube::Informer<kube::LeaseRecord> informer_;
};

Shards::Shards(kube::RestClient& rest, const io::Clock& clock, io::Scheduler& scheduler, ShardOptions options)
    : core_(std::make_shared<Core>(rest, clock, scheduler, std::move(options))) {
  core_->make_electors();
}

Shards::~Shards() { stop(); }
void Shards::start() { core_->start(); }
void Shards::stop() { core_->stop(); }
int Shards::count() const { return core_->count(); }
int Shards::shard_of(const kube::ObjectKey& key) const { return core_->shard_of(key); }
std::string Shards::lease_name(int shard) const { return core_->lease_name(shard); }
bool Shards::owns(int shard) const { return core_->owns(shard); }
bool Shards::owns_any() const { return core_->owns_any(); }
std::string Shards::leader_address() const { return core_->leader_address(); }
Standing Shards::standing(const kube::ObjectKey& key) const { return core_->standing(core_->shard_of(key)); }

Shards::Work::Work(std::atomic<int>& running) : running_(running) { ++running_; }
Shards::Work::~Work() { --running_; }
Shards::Work Shards::begin(const kube::ObjectKey& key) { return Work(core_->running(core_->shard_of(key))); }

}  // namespace spillway::runtime
