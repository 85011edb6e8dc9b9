#pragma once
#include <deque>
#include <string>
#include <vector>

#include "operator/kube/resource.hpp"

namespace spillway::insight {

/// One control action: who asked for what, and what became of it.
struct AuditEntry {
  std::string id;
  double time = 0.0;
  std::string user;    ///< as the API server knows the caller
  std::string action;  ///< SetMode, SetProfile, Control, DecideNow, Relearn, Acknowledge, WithdrawAcknowledgement
  kube::ObjectKey policy;
  std::string request;
  std::string result;  ///< Applied, Refused, Failed
  std::string message;
};

/// The latest control actions, refused ones included.
class AuditLog {
 public:
  static constexpr std::size_t kMost = 300;

  /// Gives the entry its id. Returns it as kept.
  AuditEntry add(AuditEntry entry);
  void restore(std::vector<AuditEntry> older);  ///< oldest first
  const std::deque<AuditEntry>& entries() const { return entries_; }  ///< oldest first

 private:
  std::deque<AuditEntry> entries_;
  unsigned long count_ = 0;
};

}  // namespace spillway::insight
