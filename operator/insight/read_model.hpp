#pragma once
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "operator/insight/audit.hpp"
#include "operator/insight/incident_book.hpp"
#include "operator/insight/scorer.hpp"
#include "operator/insight/summary.hpp"

namespace spillway::insight {

/// What a reconcile changed, for the live stream.
struct Update {
  Summary summary;
  std::optional<DecisionNote> note;  ///< if a decision was taken
  std::optional<Sample> sample;
  Scores scores;
  std::vector<Incident> incidents;  ///< opened, changed or resolved by it
  std::set<Rule> open;              ///< all that are open for the policy now
};

/// Hears about changes; called on the worker's thread that made them, without locks held. Must not block.
struct Listener {
  std::function<void(const Update&)> updated;
  std::function<void(const kube::ObjectKey&, const std::vector<Incident>&)> gone;
  std::function<void(const Incident&)> incident;  ///< acknowledged, or ended by time
  std::function<void(const AuditEntry&)> audited;
};

/// A policy and what goes with it.
struct PolicyPage {
  std::shared_ptr<const PolicyView> view;
  Summary summary;
  std::vector<Incident> incidents;  ///< the open ones
  Scores scores;
};

struct Fleet {
  std::vector<Summary> rows;  ///< by urgency
  Totals totals;
};

/// What the API answers from: the newest account of each policy, its recent past, incidents, audit. Filled by the controller's reports,
/// bounded, thread-safe. Everything handed out is a copy or immutable.
class ReadModel final : public autoscaler_policy::Onlooker {
 public:
  static constexpr std::size_t kSamples = 480;    ///< of history per policy: two hours at 15 s
  static constexpr std::size_t kDecisions = 60;   ///< in words per policy, and as many moves
  static constexpr std::size_t kAllMoves = 2000;  ///< times of moves, for "moves in the last hour"

  void listen(Listener listener);  ///< once, before anything is reported

  void reported(const autoscaler_policy::Account& account) override;
  void found(const std::vector<kube::ObjectKey>& keys) override;
  void forgotten(const kube::ObjectKey& key) override;

  /// Policies were found, or one was reported: what is not known from then on does not exist.
  bool introduced() const;
  /// The policy exists; its first report is still to come.
  bool awaits(const kube::ObjectKey& key) const;
  /// Seconds since 1970 from which on decisions are known; nothing before the first report.
  std::optional<double> since() const;

  Fleet fleet(double now, const std::string& ns = {}) const;
  std::optional<PolicyPage> page(const kube::ObjectKey& key) const;
  std::shared_ptr<const PolicyView> view(const kube::ObjectKey& key) const;
  std::vector<kube::ObjectKey> keys(const std::string& ns = {}) const;
  /// Oldest first.
  std::optional<std::vector<Sample>> samples(const kube::ObjectKey& key) const;
  /// Newest first; all policies of `ns` (empty = all) when `key` is absent.
  std::vector<DecisionNote> notes(const std::optional<kube::ObjectKey>& key, const std::string& ns, bool moves_only, std::size_t limit) const;

  std::vector<Incident> incidents() const;
  Result<Incident> incident(const std::string& id) const;
  Result<Incident> acknowledge(const std::string& id, Acknowledgement acknowledgement);
  Result<Incident> withdraw(const std::string& id, double now);
  /// Ends incidents that nobody judges any more; call now and then.
  void sweep(double now);

  void audit(AuditEntry entry);
  std::vector<AuditEntry> audit_log() const;  ///< newest first

  /// What outlives the process. restore() takes in what an earlier leader left.
  struct Keepsakes {
    std::vector<Incident> incidents;
    std::vector<AuditEntry> audit;  ///< oldest first
  };
  /// Of the policies for which `mine` holds.
  Keepsakes keepsakes(const std::function<bool(const kube::ObjectKey&)>& mine) const;
  /// Grows whenever keepsakes change in a way that matters.
  unsigned long version() const;
  void restore(Keepsakes keepsakes, double now);

 private:
  struct Page {
    std::shared_ptr<const PolicyView> view;
    Latest<Sample> samples{kSamples};
    Latest<DecisionNote> notes{kDecisions};
    Latest<DecisionNote> moves{kDecisions};
    Scorer scorer;
  };
  Summary summary_of(const Page& page) const;

  Listener listener_;
  mutable std::mutex mutex_;
  std::map<kube::ObjectKey, Page> pages_;
  std::set<kube::ObjectKey> awaited_;  ///< found, and not reported yet
  bool introduced_ = false;
  std::optional<double> since_;
  Latest<double> move_times_{kAllMoves};
  IncidentBook incidents_;
  AuditLog audit_;
  unsigned long version_ = 0;
};

}  // namespace spillway::insight
