#pragma once
#include <vector>

#include "operator/api/json.hpp"
#include "operator/insight/read_model.hpp"

/// What the read model holds, as docs/openapi.yaml spells it. Pure.
namespace spillway::api {

struct Zones {
  double warning = 0.0;
  double collapse = 0.0;
  double hysteresis = 0.0;
};

Json view(const insight::Summary& row);
Json view(const insight::Totals& totals);
Json view(const insight::DecisionNote& note);
Json view(const insight::Sample& sample);
Json view(const insight::Scores& scores);
Json view(const insight::Incident& incident, double now);
Json view(const insight::AuditEntry& entry);
Json view(const Zones& zones);
/// id, time, from, to, reason, message.
Json head_view(const insight::DecisionNote& note);

template <typename T>
Json views(const std::vector<T>& items) {
  Json list = Json::array();
  for (const T& item : items) list.push_back(view(item));
  return list;
}
Json views(const std::vector<insight::Incident>& incidents, double now);

/// `samples` oldest first, as columns; `moves` oldest first.
Json history_view(const kube::ObjectKey& key, int period, const std::vector<insight::Sample>& samples,
                  const std::vector<insight::DecisionNote>& moves);

/// One policy with everything that is thought about it.
Json detail_view(const insight::PolicyPage& page, const Zones& zones, double now);

}  // namespace spillway::api
