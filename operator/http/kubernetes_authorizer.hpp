#pragma once
#include <map>
#include <mutex>
#include <string>

#include "operator/http/authorizer.hpp"
#include "operator/io/clock.hpp"

namespace spillway::http {

/// Remembers answers for a short while, and not too many of them. Thread-safe.
template <typename T>
class ShortMemory {
 public:
  ShortMemory(const io::Clock& clock, std::chrono::seconds age) : clock_(clock), age_(age) {}

  std::optional<T> find(const std::string& key) {
    std::lock_guard lock(mutex_);
    const auto entry = entries_.find(key);
    if (entry == entries_.end() || clock_.monotonic() >= entry->second.second) return std::nullopt;
    return entry->second.first;
  }

  void keep(const std::string& key, T value) {
    std::lock_guard lock(mutex_);
    const auto now = clock_.monotonic();
    if (entries_.size() >= kMost) std::erase_if(entries_, [&](const auto& entry) { return now >= entry.second.second; });
    if (entries_.size() >= kMost) entries_.clear();  // somebody tries many tokens
    entries_.insert_or_assign(key, std::pair(std::move(value), now + age_));
  }

 private:
  static constexpr std::size_t kMost = 1024;
  const io::Clock& clock_;
  const std::chrono::seconds age_;
  std::mutex mutex_;
  std::map<std::string, std::pair<T, io::MonotonicTime>> entries_;
};

/// Kubernetes decides: TokenReview says whose the token is, SubjectAccessReview whether they may. Both answers are remembered for
/// `kAge`, under a digest of the token. Give it a RestClient with a rate limit of its own, so that strangers who knock cannot
/// use up what the controllers need.
class KubernetesAuthorizer final : public Authorizer {
 public:
  static constexpr std::chrono::seconds kAge{10};

  KubernetesAuthorizer(kube::RestClient& rest, const io::Clock& clock);
  Result<Caller> admit(const std::string& token, const kube::AccessAttributes& access) override;

 private:
  Result<kube::UserInfo> user_of(const std::string& token, const std::string& digest);

  kube::RestClient& rest_;
  ShortMemory<Result<kube::UserInfo>> users_;
  ShortMemory<Status> permissions_;
};

}  // namespace spillway::http
