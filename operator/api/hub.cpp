#include "operator/api/hub.hpp"

#include <algorithm>
#include <charconv>

namespace spillway::api {

bool Interest::wants(const Event& event) const {
  if (policy) return event.policy == policy;
  if (ns.empty()) return true;
  return event.policy && event.policy->ns == ns;  // figures of the whole fleet are not for those who may see a part
}

void Hub::publish(std::string type, std::string data, std::optional<kube::ObjectKey> policy) {
  std::lock_guard lock(mutex_);
  if (kept_.size() == kKept) kept_.pop_front();
  const Event& event = kept_.emplace_back(Event{next_id(), std::move(type), std::move(data), std::move(policy)});
  std::erase_if(clients_, [&](const Client& client) { return client.interest.wants(event) && !client.outlet->send(event); });
}

/// Where in `kept_` the first missed event stands; nothing if some are lost.
std::optional<std::size_t> Hub::position_after(const std::string& last_id) const {
  if (!last_id.starts_with(epoch_ + "-")) return std::nullopt;
  const std::string digits = last_id.substr(epoch_.size() + 1);
  unsigned long number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number > last_) return std::nullopt;
  const unsigned long missed = last_ - number;  // ids have no gaps
  return missed <= kept_.size() ? std::optional(kept_.size() - missed) : std::nullopt;
}

bool Hub::subscribe(std::shared_ptr<Outlet> outlet, Interest interest, const std::string& last_id,
                    const std::function<std::string(bool)>& make_hello, double now) {
  std::lock_guard lock(mutex_);
  if (closed_ || clients_.size() >= kMostClients) return false;
  const auto position = position_after(last_id);
  if (!outlet->send({epoch_ + "-" + std::to_string(last_), "hello", make_hello(position.has_value()), {}})) return true;
  for (std::size_t i = position.value_or(kept_.size()); i < kept_.size(); ++i) {
    if (interest.wants(kept_[i]) && !outlet->send(kept_[i])) return true;
  }
  clients_.push_back({std::move(outlet), std::move(interest), now});
  return true;
}

void Hub::tend(double now) {
  std::lock_guard lock(mutex_);
  std::erase_if(clients_, [&](const Client& client) {
    if (now - client.since < kLongestStay) return !client.outlet->keep_alive();
    client.outlet->close();
    return true;
  });
}

std::size_t Hub::clients() const {
  std::lock_guard lock(mutex_);
  return clients_.size();
}

void Hub::close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  for (const Client& client : clients_) client.outlet->close();
  clients_.clear();
}

}  // namespace spillway::api
