#pragma once
#include <map>
#include <mutex>
#include <string>

#include "operator/io/clock.hpp"
#include "operator/kube/client.hpp"

namespace spillway::autoscaler_policy {

/// Secrets read one by one by name (so no permission to list them is needed), kept for 30 s. Thread-safe.
class SecretReader {
 public:
  SecretReader(kube::Client& client, const io::Clock& clock) : client_(client), clock_(clock) {}
  /// The decoded value of a key. kNotFound also when the Secret lacks the key; the message names both, never a value.
  Result<std::string> read(const std::string& ns, const std::string& name, const std::string& key);

 private:
  struct Entry {
    io::MonotonicTime read_at;
    std::map<std::string, std::string> data;
  };
  Result<Entry> fetch(const kube::ObjectKey& secret);

  kube::Client& client_;
  const io::Clock& clock_;
  std::mutex mutex_;
  std::map<kube::ObjectKey, Entry> entries_;
};

}  // namespace spillway::autoscaler_policy
