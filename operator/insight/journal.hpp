#pragma once
#include <functional>
#include <memory>

#include "operator/insight/read_model.hpp"
#include "operator/kube/rest_client.hpp"

namespace spillway::insight {

/// One shard's notes: where they lie, whether this process may write them now, and which policies they are about.
struct JournalPlace {
  kube::ObjectKey config_map;
  std::function<bool()> leading;
  std::function<bool(const kube::ObjectKey&)> mine;
};

/// Keeps incidents, acknowledgements and audit in a ConfigMap, so that they outlive the process (docs/adr/0014). Reads it whenever this process
/// begins to lead, writes it when something changed, at most every other second, and only while this process leads. Never blocks.
class Journal {
 public:
  Journal(kube::RestClient& rest, ReadModel& model, const io::Clock& clock, JournalPlace place);
  ~Journal();

  /// Does what is due. Call once a second, on the scheduler's thread.
  void tick();

 private:
  struct Core;
  std::shared_ptr<Core> core_;
};

}  // namespace spillway::insight
