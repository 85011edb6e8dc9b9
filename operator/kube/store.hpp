#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "operator/kube/resource.hpp"

namespace spillway::kube {

/// The objects of one informer, by key. Readers get shared, constant objects that never change under them; the informer
/// alone writes. Thread-safe.
template <typename T>
class Store {
 public:
  using Pointer = std::shared_ptr<const T>;
  using Map = std::map<ObjectKey, Pointer>;

  /// Null if there is none.
  Pointer get(const ObjectKey& key) const {
    std::lock_guard lock(mutex_);
    auto found = objects_.find(key);
    return found == objects_.end() ? nullptr : found->second;
  }

  /// In order of keys; an empty namespace means all.
  std::vector<Pointer> list(const std::string& ns = {}) const {
    return select(ns, [](const T&) { return true; });
  }

  /// Those of the namespace (empty = all) for which `wanted` holds; it must be quick.
  template <typename Predicate>
  std::vector<Pointer> select(const std::string& ns, Predicate wanted) const {
    std::lock_guard lock(mutex_);
    std::vector<Pointer> chosen;
    auto object = ns.empty() ? objects_.begin() : objects_.lower_bound(ObjectKey{ns, ""});
    for (; object != objects_.end() && (ns.empty() || object->first.ns == ns); ++object)
      if (wanted(*object->second)) chosen.push_back(object->second);
    return chosen;
  }

  std::size_t size() const {
    std::lock_guard lock(mutex_);
    return objects_.size();
  }

  // For the informer.

  /// Returns what stood there before, or null.
  Pointer put(const ObjectKey& key, Pointer object) {
    std::lock_guard lock(mutex_);
    return std::exchange(objects_[key], std::move(object));
  }
  Pointer erase(const ObjectKey& key) {
    std::lock_guard lock(mutex_);
    auto node = objects_.extract(key);
    return node ? std::move(node.mapped()) : nullptr;
  }
  /// Replaces everything at once and returns what was there: no reader sees a half-filled store.
  Map swap(Map objects) {
    std::lock_guard lock(mutex_);
    objects_.swap(objects);
    return objects;
  }
  Map snapshot() const {
    std::lock_guard lock(mutex_);
    return objects_;
  }

 private:
  mutable std::mutex mutex_;
  Map objects_;
};

}  // namespace spillway::kube
