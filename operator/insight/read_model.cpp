#include "operator/insight/read_model.hpp"

#include <algorithm>

namespace spillway::insight {
namespace {

constexpr double kHour = 3600.0;

std::shared_ptr<const PolicyView> make_view(const autoscaler_policy::Account& account, const PolicyView* before) {
  auto view = std::make_shared<PolicyView>();
  view->object = account.object;
  view->findings = account.findings;
  view->status = account.status;
  view->law = account.resolved.policy;
  const double now = account.findings.now.value();
  if (account.findings.verdict) {
    view->verdict = account.findings.verdict;
    view->decided_at = now;
    view->note = make_note(view->key(), *view->verdict, account.findings.mode, account.findings.now);
  } else if (before && before->object->meta.uid == account.object->meta.uid) {
    view->verdict = before->verdict;
    view->decided_at = before->decided_at;
    view->note = before->note;
  }
  return view;
}

bool is_critical(const Incident& incident) { return incident.symptom.priority == Priority::kCritical; }

}  // namespace

void ReadModel::listen(Listener listener) { listener_ = std::move(listener); }

Summary ReadModel::summary_of(const Page& page) const {
  const auto open = incidents_.open_of(page.view->key());
  return summarize(*page.view, static_cast<int>(open.size()), std::ranges::any_of(open, is_critical));
}

void ReadModel::reported(const autoscaler_policy::Account& account) {
  Update update;
  {
    std::lock_guard lock(mutex_);
    introduced_ = true;
    awaited_.erase(account.object->meta.key());
    if (pages_.empty()) since_ = account.findings.now.value();
    Page& page = pages_[account.object->meta.key()];
    page.view = make_view(account, page.view.get());
    if (page.view->decided()) {
      const autoscaler_policy::Verdict& verdict = *page.view->verdict;
      update.note = page.view->note;
      update.sample = make_sample(verdict, page.view->law, account.findings.now);
      page.samples.push(*update.sample);
      page.notes.push(*update.note);
      if (update.note->moved()) {
        page.moves.push(*update.note);
        move_times_.push(update.note->time);
      }
      page.scorer.observe(verdict, page.view->law, account.findings.now);
    }
    const unsigned long weight = incidents_.weight();
    update.incidents = incidents_.observe(*page.view);
    version_ += incidents_.weight() == weight ? 0 : 1;
    update.scores = page.scorer.scores();
    update.summary = summary_of(page);
    for (const Incident& incident : incidents_.open_of(page.view->key())) update.open.insert(incident.rule);
  }
  if (listener_.updated) listener_.updated(update);
}

void ReadModel::found(const std::vector<kube::ObjectKey>& keys) {
  std::lock_guard lock(mutex_);
  introduced_ = true;
  for (const auto& key : keys) {
    if (!pages_.contains(key)) awaited_.insert(key);
  }
}

bool ReadModel::introduced() const {
  std::lock_guard lock(mutex_);
  return introduced_;
}

bool ReadModel::awaits(const kube::ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  return awaited_.contains(key);
}

std::optional<double> ReadModel::since() const {
  std::lock_guard lock(mutex_);
  return since_;
}

void ReadModel::forgotten(const kube::ObjectKey& key) {
  std::vector<Incident> ended;
  {
    std::lock_guard lock(mutex_);
    awaited_.erase(key);
    const auto page = pages_.find(key);
    if (page == pages_.end()) return;
    ended = incidents_.forget(key, page->second.view->findings.now.value());
    ++version_;
    pages_.erase(page);
  }
  if (listener_.gone) listener_.gone(key, ended);
}

Fleet ReadModel::fleet(double now, const std::string& ns) const {
  Fleet fleet;
  std::lock_guard lock(mutex_);
  for (const auto& [key, page] : pages_) {
    if (ns.empty() || key.ns == ns) fleet.rows.push_back(summary_of(page));
  }
  std::ranges::stable_sort(fleet.rows, std::ranges::greater{}, &Summary::urgency);
  fleet.totals = total(fleet.rows);
  fleet.totals.moves_last_hour =
      static_cast<int>(std::ranges::count_if(move_times_.items(), [&](double time) { return time > now - kHour; }));
  if (since_) fleet.totals.moves_since = std::max(*since_, now - kHour);
  fleet.totals.awaited = static_cast<int>(std::ranges::count_if(awaited_, [&](const kube::ObjectKey& key) { return ns.empty() || key.ns == ns; }));
  for (const Incident& incident : incidents_.list()) {
    if (!incident.open() || (!ns.empty() && incident.policy.ns != ns)) continue;
    ++fleet.totals.open_incidents;
    fleet.totals.unacknowledged_incidents += !incident.acknowledged(now);
  }
  return fleet;
}

std::optional<PolicyPage> ReadModel::page(const kube::ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  const auto page = pages_.find(key);
  if (page == pages_.end()) return std::nullopt;
  return PolicyPage{page->second.view, summary_of(page->second), incidents_.open_of(key), page->second.scorer.scores()};
}

std::shared_ptr<const PolicyView> ReadModel::view(const kube::ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  const auto page = pages_.find(key);
  return page == pages_.end() ? nullptr : page->second.view;
}

std::vector<kube::ObjectKey> ReadModel::keys(const std::string& ns) const {
  std::vector<kube::ObjectKey> keys;
  std::lock_guard lock(mutex_);
  for (const auto& [key, page] : pages_) {
    if (ns.empty() || key.ns == ns) keys.push_back(key);
  }
  return keys;
}

std::optional<std::vector<Sample>> ReadModel::samples(const kube::ObjectKey& key) const {
  std::lock_guard lock(mutex_);
  const auto page = pages_.find(key);
  if (page == pages_.end()) return std::nullopt;
  const auto& items = page->second.samples.items();
  return std::vector<Sample>(items.begin(), items.end());
}

std::vector<DecisionNote> ReadModel::notes(const std::optional<kube::ObjectKey>& key, const std::string& ns, bool moves_only, std::size_t limit) const {
  std::vector<DecisionNote> notes;
  std::lock_guard lock(mutex_);
  for (const auto& [name, page] : pages_) {
    if (key ? name != *key : !ns.empty() && name.ns != ns) continue;
    const auto& items = (moves_only ? page.moves : page.notes).items();
    notes.insert(notes.end(), items.end() - static_cast<std::ptrdiff_t>(std::min(items.size(), limit)), items.end());
  }
  std::ranges::sort(notes, std::ranges::greater{}, &DecisionNote::time);
  if (notes.size() > limit) notes.resize(limit);
  return notes;
}

std::vector<Incident> ReadModel::incidents() const {
  std::lock_guard lock(mutex_);
  return incidents_.list();
}

Result<Incident> ReadModel::incident(const std::string& id) const {
  std::lock_guard lock(mutex_);
  return incidents_.find(id);
}

Result<Incident> ReadModel::acknowledge(const std::string& id, Acknowledgement acknowledgement) {
  Result<Incident> incident = [&] {
    std::lock_guard lock(mutex_);
    ++version_;
    return incidents_.acknowledge(id, std::move(acknowledgement));
  }();
  if (incident && listener_.incident) listener_.incident(*incident);
  return incident;
}

Result<Incident> ReadModel::withdraw(const std::string& id, double now) {
  Result<Incident> incident = [&] {
    std::lock_guard lock(mutex_);
    ++version_;
    return incidents_.withdraw(id, now);
  }();
  if (incident && listener_.incident) listener_.incident(*incident);
  return incident;
}

void ReadModel::sweep(double now) {
  std::vector<Incident> ended;
  {
    std::lock_guard lock(mutex_);
    ended = incidents_.sweep(now);
    version_ += ended.empty() ? 0 : 1;
  }
  if (!listener_.incident) return;
  for (const Incident& incident : ended) listener_.incident(incident);
}

void ReadModel::audit(AuditEntry entry) {
  AuditEntry kept;
  {
    std::lock_guard lock(mutex_);
    kept = audit_.add(std::move(entry));
    ++version_;
  }
  if (listener_.audited) listener_.audited(kept);
}

std::vector<AuditEntry> ReadModel::audit_log() const {
  std::lock_guard lock(mutex_);
  return {audit_.entries().rbegin(), audit_.entries().rend()};
}

ReadModel::Keepsakes ReadModel::keepsakes(const std::function<bool(const kube::ObjectKey&)>& mine) const {
  Keepsakes keepsakes;
  {
    std::lock_guard lock(mutex_);
    keepsakes = {incidents_.list(), {audit_.entries().begin(), audit_.entries().end()}};
  }
  std::erase_if(keepsakes.incidents, [&](const Incident& incident) { return !mine(incident.policy); });
  std::erase_if(keepsakes.audit, [&](const AuditEntry& entry) { return !mine(entry.policy); });
  return keepsakes;
}

unsigned long ReadModel::version() const {
  std::lock_guard lock(mutex_);
  return version_;
}

void ReadModel::restore(Keepsakes keepsakes, double now) {
  std::lock_guard lock(mutex_);
  incidents_.restore(std::move(keepsakes.incidents), now);
  audit_.restore(std::move(keepsakes.audit));
}

}  // namespace spillway::insight
