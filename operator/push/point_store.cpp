#include "operator/push/point_store.hpp"

#include <algorithm>

#include "model/base/text.hpp"

namespace spillway::push {

Status PointStore::add(const std::string& service_id, const Point& point, double now) {
  std::lock_guard lock(mutex_);
  if (!services_.contains(service_id) && services_.size() >= kMostServices) {
    std::erase_if(services_, [&](const auto& service) { return service.second.back().time < now - kForgetAfter; });
    if (services_.size() >= kMostServices) return Error{ErrorKind::kThrottled, text("points of ", kMostServices, " services are kept already")};
  }
  auto& points = services_[service_id];
  if (!points.empty() && point.time < points.back().time) {
    return Error{ErrorKind::kConflict, text("older than the newest point of the service by ", points.back().time - point.time, " s")};
  }
  if (points.size() == kMostPoints) points.pop_front();
  points.push_back(point);
  return Ok{};
}

Reading PointStore::read(const Demand& demand, std::optional<double> Point::*field, Seconds now) const {
  std::lock_guard lock(mutex_);
  const auto service = services_.find(demand.service_id);
  if (service == services_.end()) return Reading::missing(Absence::kEmpty, "no point of \"" + demand.service_id + "\" was pushed");
  // Not every point carries every figure.
  const auto& points = service->second;
  const auto newest = std::find_if(points.rbegin(), points.rend(), [&](const Point& point) { return (point.*field).has_value(); });
  if (newest == points.rend()) return Reading{};
  Reading reading = Reading::of(*((*newest).*field), Seconds(newest->time));
  if (now - reading.time > demand.max_age) {
    reading.absence = Absence::kStale;
    reading.detail = text("pushed ", (now - reading.time).value(), " s ago, at most ", demand.max_age.value(), " s are allowed");
  }
  return reading;
}

std::vector<HistoryPoint> PointStore::history(const std::string& service_id) const {
  std::vector<HistoryPoint> history;
  std::lock_guard lock(mutex_);
  const auto service = services_.find(service_id);
  if (service == services_.end()) return history;
  for (const Point& point : service->second) {
    if (point.request_rate) history.push_back({Seconds(point.time), *point.request_rate});
  }
  return history;
}

}  // namespace spillway::push
