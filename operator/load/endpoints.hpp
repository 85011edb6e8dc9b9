#pragma once
#include <memory>
#include <string>
#include <vector>

namespace spillway::load {

using EndpointList = std::vector<std::string>;  ///< base URLs: "http://10.1.2.3:8080"

/// Who can take requests right now. Thread-safe and cheap: asked before every request.
class EndpointSource {
 public:
  virtual ~EndpointSource() = default;
  virtual std::shared_ptr<const EndpointList> endpoints() const = 0;
};

/// A list that never changes.
class FixedEndpoints final : public EndpointSource {
 public:
  explicit FixedEndpoints(EndpointList list) : list_(std::make_shared<const EndpointList>(std::move(list))) {}
  std::shared_ptr<const EndpointList> endpoints() const override { return list_; }

 private:
  std::shared_ptr<const EndpointList> list_;
};

}  // namespace spillway::load
